"""When a recurring run is due next.

The controller of ScheduledWorkflows decides so in kubeflow/pipelines 1.8.5:
`periodic_schedule.go`, `cron_schedule.go` and `scheduled_workflow.go` in
backend/src/crd/controller/scheduledworkflow/util. All times are whole seconds since 1970.

Other than there, a cron that never matches (31 February) makes no run; the genuine controller takes
Go's zero time for a time long past.
"""

from __future__ import annotations

from dataclasses import dataclass

from localkfp.schedule import cron


@dataclass(frozen=True)
class Interval:
    """Every so many seconds, from `start` (None: from the job's creation), up to and with `end`."""

    seconds: int
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Cron:
    """At the times that an expression of `cron.py` matches, between `start` and `end`."""

    expression: str
    start: int | None = None
    end: int | None = None


Trigger = Interval | Cron


def due(
    trigger: Trigger | None, created: int, last: int | None, now: int, catch_up: bool
) -> int | None:
    """The time for which the next run is made: it may be past (make it now) or to come. None where
    there is none. `last` is the time for which the last run was made, not when it was."""
    if trigger is None:  # a job without a trigger runs once
        return created if last is None else None
    if isinstance(trigger, Interval):
        return _of_interval(trigger, created, last, now, catch_up)
    return _of_cron(trigger, created, last, now, catch_up)


def _of_interval(
    trigger: Interval, created: int, last: int | None, now: int, catch_up: bool
) -> int | None:
    found = _begin(trigger, created, last) + trigger.seconds
    if trigger.end is not None and found > trigger.end:
        return None
    if catch_up or now < found + trigger.seconds:
        return found
    return now if trigger.end is None else min(now, trigger.end)  # and a new grid begins there


def _of_cron(trigger: Cron, created: int, last: int | None, now: int, catch_up: bool) -> int | None:
    schedule = cron.parse(trigger.expression)
    found = cron.next_after(schedule, _begin(trigger, created, last))
    if found is None or (trigger.end is not None and found > trigger.end):
        return None
    latest = now if trigger.end is None else min(now, trigger.end)
    if catch_up or latest <= found:
        return found
    return cron.last_between(schedule, found, latest) or found


def _begin(trigger: Trigger, created: int, last: int | None) -> int:
    if last is not None:
        return last
    return created if trigger.start is None else trigger.start
