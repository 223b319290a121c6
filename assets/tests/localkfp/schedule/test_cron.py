"""Cron by the grammar of robfig/cron v1: what is read, what is refused, and the next match."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from localkfp.schedule.cron import CronError, last_between, next_after, parse


def epoch(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def told(found):
    return None if found is None else datetime.fromtimestamp(found, timezone.utc).isoformat()[:19]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # answers of the genuine server to "job create cron junk", "7 fields" and "61"
        ("hello", "Expected 5 to 6 fields, found 1: hello"),
        ("0 0 0 1 1 * 2030", "Expected 5 to 6 fields, found 7: 0 0 0 1 1 * 2030"),
        ("61 0 0 1 1 *", "End of range (61) above maximum (59): 61"),
        # parser.go of robfig/cron v1
        ("", "Empty spec string"),
        ("TZ=Asia/Seoul 0 0 0 1 1 *", "Expected 5 to 6 fields, found 7: TZ=Asia/Seoul 0 0 0 1 1 *"),
        ("0 0 0 0 1 *", "Beginning of range (0) below minimum (1): 0"),
        ("0 0 0 1 13 *", "End of range (13) above maximum (12): 13"),
        ("0 0 0 * * 7", "End of range (7) above maximum (6): 7"),
        ("5-2 0 0 * * *", "Beginning of range (5) beyond end of range (2): 5-2"),
        ("1-2-3 0 0 * * *", "Too many hyphens: 1-2-3"),
        ("*/2/3 0 0 * * *", "Too many slashes: */2/3"),
        ("*/0 0 0 * * *", "Step of range should be a positive number: */0"),
        ("x 0 0 * * *", 'Failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("1- 0 0 * * *", 'Failed to parse int from : strconv.Atoi: parsing "": invalid syntax'),
        ("0 0 0 L * *", 'Failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'),
        (
            "0 0 0 * * 5#2",
            'Failed to parse int from 5#2: strconv.Atoi: parsing "5#2": invalid syntax',
        ),
        ("*/-1 0 0 * * *", "Negative number (-1) not allowed: -1"),
        (
            f"{2**64} 0 0 * * *",
            f"Failed to parse int from {2**64}: strconv.Atoi: parsing "
            f'"{2**64}": value out of range',
        ),
        ("@never", "Unrecognized descriptor: @never"),
        ("@every soon", 'Failed to parse duration @every soon: time: invalid duration "soon"'),
        ("@every", "Unrecognized descriptor: @every"),
    ],
)
def test_what_is_no_schedule_is_refused_in_robfigs_words(text, message):
    with pytest.raises(CronError) as refused:
        parse(text)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "after", "match"),
    [
        ("*/20 * * * * *", "2026-11-30T19:34:40", "2026-11-30T19:35:00"),  # 24 recorded runs
        ("*/20 * * * * *", "2026-11-30T19:34:39", "2026-11-30T19:34:40"),
        # five fields: second, minute, hour, day, month
        ("0 0 1 1 *", "2026-11-30T19:34:40", "2026-12-01T01:00:00"),
        ("0 */5 9-17 * * 1-5", "2026-11-28T10:00:00", "2026-11-30T09:00:00"),  # a Saturday
        ("0 0 0 ? * MON", "2026-11-30T00:00:00", "2026-12-07T00:00:00"),
        ("0 0 12 * jan-Mar sun", "2026-11-30T00:00:00", "2027-01-03T12:00:00"),
        ("0 0 0 13 * 5", "2026-11-30T00:00:00", "2026-12-04T00:00:00"),  # either of the two
        ("0 0 0 */2 * 5", "2026-11-30T00:00:00", "2026-12-11T00:00:00"),  # a star: both
        ("0 0 0 29 2 *", "2026-11-30T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 31 2 *", "2026-11-30T00:00:00", None),
        ("10/20 0 0 * * *", "2026-11-30T00:00:10", "2026-11-30T00:00:30"),  # N/step: to the end
        ("1,5,1 0 0 * * *", "2026-11-30T00:00:01", "2026-11-30T00:00:05"),
        (", 0 0 * * *", "2026-11-30T00:00:00", None),  # no value at all is no error there
        ("59 59 23 31 12 *", "2026-12-31T23:59:59", "2027-12-31T23:59:59"),
        ("@daily", "2026-11-30T00:00:00", "2026-12-01T00:00:00"),
        ("@midnight", "2026-11-30T23:59:59", "2026-12-01T00:00:00"),
        ("@hourly", "2026-11-30T19:34:40", "2026-11-30T20:00:00"),
        ("@weekly", "2026-11-30T00:00:00", "2026-12-06T00:00:00"),
        ("@monthly", "2026-11-30T00:00:00", "2026-12-01T00:00:00"),
        ("@yearly", "2026-11-30T00:00:00", "2027-01-01T00:00:00"),
        ("@annually", "2026-11-30T00:00:00", "2027-01-01T00:00:00"),
        ("@every 1h30m", "2026-11-30T19:34:40", "2026-11-30T21:04:40"),
        ("@every 1.5s", "2026-11-30T19:34:40", "2026-11-30T19:34:41"),
        ("@every 10ms", "2026-11-30T19:34:40", "2026-11-30T19:34:41"),
        ("@every -1h", "2026-11-30T19:34:40", "2026-11-30T19:34:41"),
    ],
)
def test_the_next_match(text, after, match):
    assert told(next_after(parse(text), epoch(after))) == match


@pytest.mark.parametrize(
    ("text", "after", "until", "match"),
    [
        ("*/20 * * * * *", "2026-11-30T19:34:40", "2026-11-30T19:35:50", "2026-11-30T19:35:40"),
        ("*/20 * * * * *", "2026-11-30T19:34:40", "2026-11-30T19:34:59", None),
        ("*/20 * * * * *", "2026-11-30T19:34:40", "2026-11-30T19:35:00", "2026-11-30T19:35:00"),
        ("* * * * * *", "2026-11-30T00:00:00", "2026-12-01T00:00:00", "2026-12-01T00:00:00"),
        ("0 0 0 1 * *", "2026-01-15T00:00:00", "2026-11-30T00:00:00", "2026-11-01T00:00:00"),
        ("@every 15s", "2026-11-30T00:00:00", "2026-11-30T00:00:44", "2026-11-30T00:00:30"),
        ("@every 15s", "2026-11-30T00:00:00", "2026-11-30T00:00:14", None),
    ],
)
def test_the_last_match_between_two_times(text, after, until, match):
    assert told(last_between(parse(text), epoch(after), epoch(until))) == match
