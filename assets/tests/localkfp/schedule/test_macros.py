"""What a run's parameters say of the occasion."""

from __future__ import annotations

import pytest
from localkfp.schedule.macros import Occasion, fill, written

SCHEDULED = 1796067240  # 2026-11-30 19:34:00
RECURRING = Occasion("271f7312", moment=SCHEDULED + 1, scheduled=SCHEDULED, index=1)
BY_HAND = Occasion("a7f7de07", moment=SCHEDULED + 411)


@pytest.mark.parametrize(
    ("occasion", "text", "expected"),
    [
        # the job "cron20 version" that was watched on a genuine KFP 1.8.5
        (
            RECURRING,
            "rid [[RunUUID]] st [[ScheduledTime]] ct [[CurrentTime]] ix [[Index]] "
            "st2 [[ScheduledTime.2006-01-02-15-04-05]]",
            "rid 271f7312 st 20261130193400 ct 20261130193401 ix 1 st2 2026-11-30-19-34-00",
        ),
        # the record c24_macros_args: somebody's own run has no scheduled time and no number
        (
            BY_HAND,
            "[[RunUUID]] [[ScheduledTime]] [[Index]] [[CurrentTime.2006]] [[CurrentTime]] [[Nope]]",
            "a7f7de07 [[ScheduledTime]] [[Index]] 2026 20261130194051 [[Nope]]",
        ),
        (BY_HAND, "d [[ScheduledTime.2006]] [[RunUUID]]", "d [[ScheduledTime.2006]] a7f7de07"),
        (RECURRING, "[[index]] [[RunUUID.x]] [Index] [[", "[[index]] [[RunUUID.x]] [Index] [["),
        (RECURRING, "[[CurrentTime.]]|", "|"),
        # the record c26_strftime, and the tests of parameter_formatter.go
        (BY_HAND, "{{$.currentTime.strftime('%Y')}}", "2026"),
        (
            RECURRING,
            "FOO {{$.scheduledTime.strftime('%Y-%m-%d %H:%M:%S')}} FOO",
            "FOO 2026-11-30 19:34:00 FOO",
        ),
        (RECURRING, "{{$.currentTime.strftime('%s %v %%')}}", f"{SCHEDULED + 1} 30-Nov-2026 %"),
        (BY_HAND, "{{$.scheduledTime.strftime('%Y')}}", "{{$.scheduledTime.strftime('%Y')}}"),
        (BY_HAND, "{{$.currentTime.strftime('%Q')}}", "{{$.currentTime.strftime('%Q')}}"),
        (BY_HAND, "{{$.currentTime}} {{$.runId}}", "{{$.currentTime}} {{$.runId}}"),
    ],
)
def test_macros_that_mean_something_are_filled_in(occasion, text, expected):
    assert fill(text, occasion) == expected


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("2006-01-02T15:04:05Z07:00", "2026-11-30T19:34:00Z"),
        ("Mon Jan _2 15:04:05 2006", "Mon Nov 30 19:34:00 2026"),
        ("Monday, 02-Jan-06 15:04:05 MST", "Monday, 30-Nov-26 19:34:00 UTC"),
        ("3:04PM", "7:34PM"),
        ("03:4:5 pm", "07:34:0 pm"),
        ("January 2, -0700", "November 30, +0000"),
        ("-07:00 -07", "+00:00 +00"),
        ("15h .000 .999", "19h .000 "),
        ("1/2 002", "11/30 334"),
        ("Janet Monk", "Janet Monk"),
        ("날짜 2006", "날짜 2026"),
    ],
)
def test_a_time_by_a_layout_of_go(layout, expected):
    assert written(SCHEDULED, layout) == expected
