"""When a recurring run is made, in words and as the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from localkfp.dashboard.forms import Field
from localkfp.schedule.trigger import Cron, Interval, Trigger

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
CATCHUP = (("yes", "yes: runs that were missed are made, each"), ("no", "no: the last one only"))
WHILE = (
    "Recurring runs are made while the server of localkfp runs. What was due while it was off is "
    "made up for when it starts, if Catchup is on."
)


@dataclass(frozen=True)
class Asked:
    """What the fields ask for; `wrong` is a sentence by the name of each field that is wrong."""

    trigger: Trigger | None
    concurrency: int
    catchup: bool
    wrong: Mapping[str, str]


def in_words(trigger: Trigger | None) -> str:
    if trigger is None:
        return "Once"
    if isinstance(trigger, Cron):
        return f"By cron: {trigger.expression}"
    unit, length = next(
        (unit, length)
        for unit, length in reversed(UNITS.items())
        if trigger.seconds % length == 0 or length == 1
    )
    count = trigger.seconds // length
    return f"Every {unit}" if count == 1 else f"Every {count:,} {unit}s"


def read(typed: Mapping[str, str]) -> Asked:
    wrong: dict[str, str] = {}

    def whole(name: str, low: int, high: int) -> int:
        text = typed.get(name, "").strip()
        if text.isdecimal() and low <= int(text) <= high:
            return int(text)
        wrong[name] = f"Type a whole number from {low:,} to {high:,}."
        return low

    def moment(name: str) -> int | None:
        text = typed.get(name, "").strip()
        if not text:
            return None
        try:
            when = datetime.fromisoformat(text.replace("Z", ""))
        except ValueError:
            wrong[name] = "Type a time in UTC, for example 2026-01-31T09:00."
            return None
        return int(when.replace(tzinfo=timezone.utc).timestamp())

    start, end = moment("start"), moment("end")
    if start is not None and end is not None and end <= start:
        wrong["end"] = "The end must be after the start."
    concurrency = whole("concurrency", 1, 10)
    trigger: Trigger
    if typed.get("kind") == "cron":
        trigger = Cron(typed.get("cron", "").strip(), start, end)
        if not trigger.expression:
            wrong["cron"] = "Type a cron expression, for example 0 0 9 * * 1-5."
    else:
        length = UNITS.get(typed.get("unit", ""), 60)
        trigger = Interval(whole("every", 1, 1_000_000) * length, start, end)
    return Asked(trigger, concurrency, typed.get("catchup", "yes") == "yes", wrong)


def fields(typed: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
    def field(
        name: str,
        label: str,
        default: str,
        kind: str = "text",
        hint: str = "",
        options: tuple[tuple[str, str], ...] = (),
    ) -> Field:
        return Field(
            name, label, typed.get(name, default), kind, wrong.get(name, ""), hint, options=options
        )

    return (
        field(
            "kind", "Trigger", "periodic", "radio",
            options=(("periodic", "periodic"), ("cron", "by a cron expression")),
        ),
        field("every", "Run every", "1", hint="for a periodic trigger"),
        field("unit", "Unit", "hour", "choice", options=tuple((u, f"{u}s") for u in UNITS)),
        field(
            "cron", "Cron expression", "",
            hint="for a cron trigger: second minute hour day month weekday, in UTC. "
            "0 0 9 * * 1-5 is nine o'clock from Monday to Friday.",
        ),
        field("start", "Start", "", hint="optional, in UTC: 2026-01-31T09:00"),
        field("end", "End", "", hint="optional, in UTC"),
        field("concurrency", "Maximum concurrent runs", "10", hint="1 to 10"),
        field("catchup", "Catchup", "yes", "choice", hint=WHILE, options=CATCHUP),
    )  # fmt: skip
