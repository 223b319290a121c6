"""When a recurring run is due. The times are those of eight jobs that were watched on a genuine
KFP 1.8.5 for ninety seconds, seconds within 19:33 and 19:36, or of the controller's source."""

from __future__ import annotations

import pytest
from localkfp.schedule.trigger import Cron, Interval, due


def at(text):
    """19:MM:SS as seconds."""
    minutes, seconds = text.split(":")
    return (19 * 60 + int(minutes)) * 60 + int(seconds)


NEVER = None
EVERY_15, EVERY_20 = Interval(15), "*/20 * * * * *"
PAST = Interval(15, start=at("34:49"))
ENDS = Cron(EVERY_20, start=at("34:40"), end=at("36:00"))


@pytest.mark.parametrize(
    ("trigger", "created", "last", "now", "catch_up", "expected"),
    [
        # created at :50, 15 s: the first is for :05, and then a fixed grid, however late
        (EVERY_15, "33:50", NEVER, "33:51", True, "34:05"),
        (EVERY_15, "33:50", "34:05", "35:26", True, "34:20"),
        # a start in the past: from there on, one after the other
        (PAST, "35:39", NEVER, "35:50", True, "35:04"),
        (PAST, "35:39", "35:04", "36:00", True, "35:19"),
        # without catching up: now, where at least one interval was missed, else the grid
        (PAST, "35:39", NEVER, "35:49", False, "35:49"),
        (PAST, "35:39", "35:49", "36:11", False, "36:04"),
        (PAST, "35:39", "36:04", "36:41", False, "36:41"),
        (PAST, "35:39", "36:41", "36:42", False, "36:56"),
        # an end counts itself
        (Interval(15, end=at("34:05")), "33:50", NEVER, "40:00", True, "34:05"),
        (Interval(15, end=at("34:04")), "33:50", NEVER, "40:00", True, NEVER),
        (Interval(15, end=at("35:00")), "33:50", "34:05", "40:00", False, "35:00"),
        # a start to come
        (Interval(15, start=at("40:00")), "33:50", NEVER, "33:51", True, "40:15"),
        # cron: the first match after the start or the creation, then after the last one
        (Cron(EVERY_20), "33:50", NEVER, "33:51", True, "34:00"),
        (Cron(EVERY_20, start=at("34:39")), "35:40", NEVER, "35:50", True, "34:40"),
        (Cron(EVERY_20, start=at("34:39")), "35:40", "34:40", "36:00", True, "35:00"),
        (
            Cron(EVERY_20, start=at("34:39"), end=at("35:59")),
            "35:40",
            "35:40",
            "36:21",
            True,
            NEVER,
        ),
        (
            ENDS,
            "35:40",
            NEVER,
            "35:50",
            False,
            "35:40",
        ),
        (
            ENDS,
            "35:40",
            "35:40",
            "36:01",
            False,
            "36:00",
        ),
        (Cron(EVERY_20, end=at("34:20")), "33:50", NEVER, "36:00", False, "34:20"),
        (Cron(EVERY_20), "33:50", "34:00", "34:05", False, "34:20"),
        (Cron("0 0 0 31 2 *"), "33:50", NEVER, "36:00", True, NEVER),
        # without a trigger: once
        (None, "33:50", NEVER, "36:00", True, "33:50"),
        (None, "33:50", "33:50", "36:00", True, NEVER),
    ],
)
def test_the_time_for_which_the_next_run_is_made(trigger, created, last, now, catch_up, expected):
    found = due(trigger, at(created), last and at(last), at(now), catch_up)
    assert found == (expected and at(expected))


def test_a_clock_that_jumped_a_day_ahead_makes_one_run_without_catching_up():
    every_second = Cron("* * * * * *")
    assert due(every_second, 0, 10, 86_400 + 10, catch_up=False) == 86_400 + 10
    assert due(every_second, 0, 10, 86_400 + 10, catch_up=True) == 11


def test_a_clock_that_jumped_back_makes_no_run_again():
    assert due(EVERY_15, 0, at("34:05"), at("33:00"), catch_up=True) == at("34:20")
    assert due(Cron(EVERY_20), 0, at("34:00"), at("33:00"), catch_up=False) == at("34:20")
