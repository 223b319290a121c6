"""`[[RunUUID]]`, `[[ScheduledTime.2006-01-02]]`, `{{$.currentTime.strftime('%Y')}}` and the like in
the values of a run's parameters.

`ParameterFormatter` in backend/src/common/util/parameter_formatter.go of kubeflow/pipelines 1.8.5.
A time is written by a layout of Go's package time, which shows how a certain moment (2 January
2006, 15:04:05) would be written; or by the letters of strftime (the record c26_strftime).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from localkfp.schedule.strftime import readable, strftime

MACRO = re.compile(r"\[\[(.*?)\]\]|\{\{\$\.(currentTime|scheduledTime)\.strftime\('(.*?)'\)\}\}")
DEFAULT_LAYOUT = "20060102150405"

# nextStdChunk in time/format.go, in the order in which it looks
CHUNK = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm"
    r"|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|\.0+(?![0-9])|\.9+(?![0-9])"
)
WRITTEN: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: t.strftime("%B"),
    "Jan": lambda t: t.strftime("%b"),
    "Monday": lambda t: t.strftime("%A"),
    "Mon": lambda t: t.strftime("%a"),
    "MST": lambda t: "UTC",
    "002": lambda t: f"{t.timetuple().tm_yday:03}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3}",
    "01": lambda t: f"{t.month:02}",
    "02": lambda t: f"{t.day:02}",
    "03": lambda t: f"{(t.hour - 1) % 12 + 1:02}",
    "04": lambda t: f"{t.minute:02}",
    "05": lambda t: f"{t.second:02}",
    "06": lambda t: f"{t.year % 100:02}",
    "15": lambda t: f"{t.hour:02}",
    "1": lambda t: str(t.month),
    "2006": lambda t: f"{t.year:04}",
    "2": lambda t: str(t.day),
    "_2": lambda t: f"{t.day:2}",
    "3": lambda t: str((t.hour - 1) % 12 + 1),
    "4": lambda t: str(t.minute),
    "5": lambda t: str(t.second),
    "PM": lambda t: "AM" if t.hour < 12 else "PM",
    "pm": lambda t: "am" if t.hour < 12 else "pm",
}


@dataclass(frozen=True)
class Occasion:
    """A run that is made: seconds since 1970. One that somebody started has neither a time for
    which it was due nor a number."""

    run_id: str
    moment: int
    scheduled: int | None = None
    index: int | None = None


def fill(text: str, occasion: Occasion) -> str:
    """Replace the macros that mean something on this occasion; others stay as they are."""
    return MACRO.sub(lambda match: _meaning(match, occasion), text)


def written(epoch: int, layout: str) -> str:
    """A time in UTC by a layout of Go."""
    moment = datetime.fromtimestamp(epoch, timezone.utc)
    return CHUNK.sub(lambda match: _chunk(match[0], moment), layout)


def _meaning(match: re.Match[str], occasion: Occasion) -> str:
    macro, name, clock, format_ = match.group(0, 1, 2, 3)
    if clock:
        epoch = occasion.moment if clock == "currentTime" else occasion.scheduled
        if epoch is None or not readable(format_):
            return macro
        return strftime(datetime.fromtimestamp(epoch, timezone.utc), format_)
    if name == "RunUUID":
        return occasion.run_id
    if name == "Index" and occasion.index is not None:
        return str(occasion.index)
    kind, dot, layout = name.partition(".")
    times = {"CurrentTime": occasion.moment, "ScheduledTime": occasion.scheduled}
    epoch = times.get(kind)
    return macro if epoch is None else written(epoch, layout if dot else DEFAULT_LAYOUT)


def _chunk(chunk: str, moment: datetime) -> str:
    if chunk in WRITTEN:
        return WRITTEN[chunk](moment)
    if chunk[0] == "Z":
        return "Z"
    if chunk[0] == "-":
        return "+" + chunk[1:].replace("7", "0")
    return chunk if chunk[1] == "0" else ""  # a fraction of a second; there is none
