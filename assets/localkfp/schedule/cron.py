"""Cron as Kubeflow Pipelines reads it: the grammar of github.com/robfig/cron v1, seconds first.

Five or six fields (second, minute, hour, day of month, month, and if it is there day of week), or
`@daily` and its like, or `@every 1h30m`. The words of an error are robfig's, since the API server
hands them on. `Parse` in parser.go, `Next` in spec.go and constantdelay.go there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import product

YEARS_AHEAD = 5  # `Next` looks no further
DAY = timedelta(days=1)

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()

WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
MAX_INT = 2**63 - 1
# time.ParseDuration
AMOUNT = r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)"
DURATION = re.compile(rf"([+-]?)((?:{AMOUNT})+|0)", re.ASCII)
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


class CronError(ValueError):
    """The text is no schedule; the message is robfig's."""


@dataclass(frozen=True)
class Bounds:
    """What a field may hold. `names` stand for lowest, lowest + 1, ..."""

    lowest: int
    highest: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """The values that match. `star`: written with `*` or `?`."""

    values: frozenset[int]
    star: bool


@dataclass(frozen=True)
class Fields:
    second: Field
    minute: Field
    hour: Field
    day: Field
    month: Field
    weekday: Field


@dataclass(frozen=True)
class Every:
    """A fixed distance in whole seconds, at least one."""

    seconds: int


BOUNDS = (
    Bounds(0, 59),
    Bounds(0, 59),
    Bounds(0, 23),
    Bounds(1, 31),
    Bounds(1, 12, tuple(MONTHS)),
    Bounds(0, 6, tuple(WEEKDAYS)),
)
DESCRIPTORS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
EVERY = "@every "


def parse(text: str) -> Fields | Every:
    """What a cron expression says. Raises CronError."""
    if not text:
        raise CronError("Empty spec string")
    if text.startswith(EVERY):
        return Every(_seconds(text))
    if text.startswith("@"):
        if text not in DESCRIPTORS:
            raise CronError(f"Unrecognized descriptor: {text}")
        text = DESCRIPTORS[text]
    fields = text.split()
    if not 5 <= len(fields) <= 6:
        raise CronError(f"Expected 5 to 6 fields, found {len(fields)}: {text}")
    fields += ["*"] * (6 - len(fields))
    return Fields(*(_field(field, bounds) for field, bounds in zip(fields, BOUNDS, strict=True)))


def next_after(schedule: Fields | Every, epoch: int) -> int | None:
    """The first match after a time, both in seconds since 1970 in UTC; None where none comes."""
    if isinstance(schedule, Every):
        return epoch + schedule.seconds
    earliest = _moment(epoch + 1)
    day = earliest.date()
    end = date(day.year + YEARS_AHEAD, 12, 31)
    while day <= end:
        if _matches(schedule, day):
            for clock in _clocks(schedule):
                if (found := _at(day, clock)) >= earliest:
                    return int(found.timestamp())
        day += DAY
    return None


def last_between(schedule: Fields | Every, after: int, until: int) -> int | None:
    """The last match later than `after` and not later than `until`; None where there is none."""
    if isinstance(schedule, Every):
        times = (until - after) // schedule.seconds
        return after + times * schedule.seconds if times > 0 else None
    earliest, latest = _moment(after + 1), _moment(until)
    day = latest.date()
    while day >= earliest.date():
        if _matches(schedule, day):
            for clock in _clocks(schedule, backwards=True):
                if (found := _at(day, clock)) <= latest:
                    return int(found.timestamp()) if found >= earliest else None
        day -= DAY
    return None


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, timezone.utc)


def _at(day: date, clock: tuple[int, int, int]) -> datetime:
    return datetime.combine(day, time(*clock), timezone.utc)


def _matches(schedule: Fields, day: date) -> bool:
    """Day of month and day of week: one of the two is enough, unless one of them is a star."""
    if day.month not in schedule.month.values:
        return False
    by_day = day.day in schedule.day.values
    by_weekday = day.isoweekday() % 7 in schedule.weekday.values
    if schedule.day.star or schedule.weekday.star:
        return by_day and by_weekday
    return by_day or by_weekday


def _clocks(schedule: Fields, backwards: bool = False) -> Iterator[tuple[int, int, int]]:
    """Hour, minute and second of each match of a day, in order."""
    fields = (schedule.hour, schedule.minute, schedule.second)
    hours, minutes, seconds = (sorted(field.values, reverse=backwards) for field in fields)
    return product(hours, minutes, seconds)


# ---- a field -------------------------------------------------------------------------------------


def _field(text: str, bounds: Bounds) -> Field:
    values: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        found, stars = _range(part, bounds)
        values |= set(found)
        star |= stars
    return Field(frozenset(values), star)


def _range(text: str, bounds: Bounds) -> tuple[range, bool]:
    """`*`, `?`, `5`, `1-5`, and each of them with `/step`."""
    written, *steps = text.split("/")
    low, *high = written.split("-")
    star = low in ("*", "?")
    if star:
        start, end = bounds.lowest, bounds.highest
    else:
        start = _value(low, bounds)
        if len(high) > 1:
            raise CronError(f"Too many hyphens: {text}")
        end = _value(high[0], bounds) if high else start
    step = 1
    if len(steps) > 1:
        raise CronError(f"Too many slashes: {text}")
    if steps:
        step = _number(steps[0])
        end = end if high else bounds.highest  # N/step is N-highest/step
    if start < bounds.lowest:
        raise CronError(f"Beginning of range ({start}) below minimum ({bounds.lowest}): {text}")
    if end > bounds.highest:
        raise CronError(f"End of range ({end}) above maximum ({bounds.highest}): {text}")
    if start > end:
        raise CronError(f"Beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise CronError(f"Step of range should be a positive number: {text}")
    return range(start, end + 1, step), star


def _value(text: str, bounds: Bounds) -> int:
    name = text.lower()
    return bounds.lowest + bounds.names.index(name) if name in bounds.names else _number(text)


def _number(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise CronError(
            f'Failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
        )
    if abs(int(text)) > MAX_INT:
        raise CronError(
            f'Failed to parse int from {text}: strconv.Atoi: parsing "{text}": value out of range'
        )
    if int(text) < 0:
        raise CronError(f"Negative number ({int(text)}) not allowed: {text}")
    return int(text)


def _seconds(text: str) -> int:
    """Of `@every DURATION`: whole seconds, at least one."""
    written = text[len(EVERY) :]
    match = DURATION.fullmatch(written)
    if not match:
        raise CronError(f'Failed to parse duration {text}: time: invalid duration "{written}"')
    amount = sum(float(number) * UNITS[unit] for number, unit in re.findall(AMOUNT, written))
    return max(int(-amount if match[1] == "-" else amount), 1)
