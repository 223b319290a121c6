"""The judge of 06-5: the pipeline is also run on readings that `measure` didn't make up.

Those of `measure` only rise during a day, so that the last one of a day is its highest.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

import localkfp

from workbook.exercises.dice import Dice
from workbook.exercises.judges.runs import run_succeeded, succeeded
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import judge_graph, judge_run
from workbook.exercises.model import Case, Finding, not_yet, right
from workbook.language import _

STEPS = {"measure": (), "split-days": ("measure",), "highs": ("split-days",)}
DAY = 24  # readings
WRITE = 'mkdir -p "$(dirname "$1")"; printf %s "$0" > "$1"'


def judge_daily_highs(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if finding := judge_graph(answer, STEPS):
        return finding
    for arguments, wanted in cases:
        manifest, hours = _with_readings(answer, arguments), {"hours": arguments["hours"]}
        words = spoken_arguments(hours)
        if arguments.get("readings"):
            words = _("{count} readings of the check's own").format(count=arguments["hours"])
        if finding := judge_run(manifest, hours, {("highs", ""): wanted["highs"]}, words):
            return finding
        result = run_succeeded(manifest, hours, words)
        finding = result if isinstance(result, Finding) else _judge_days(result, **hours)
        if finding:
            return finding
    return right()


def see_highs(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    result = succeeded(_with_readings(answer, arguments), {"hours": arguments["hours"]})
    return {"highs": next(iter(result.outputs["highs"].values()))}


def readings(dice: Dice) -> dict[str, Any]:
    """Of more than ten days, the last of them short, some below zero all day. The highest are at
    any hour: on the first day in the first, on the second and on the short one in the last."""
    hours = dice.between(11, 20) * DAY + dice.between(2, 22)
    nights = [dice.between(-30, 25) for _ in range(hours // DAY + 1)]
    found = [nights[hour // DAY] + dice.between(0, 14) for hour in range(hours)]
    for hour in (0, 2 * DAY - 1, hours - 1):
        found[hour] = nights[hour // DAY] + 15
    return {"hours": hours, "readings": found}


def _judge_days(result: localkfp.LocalRun, hours: int) -> Finding | None:
    """None when what split-days leaves is a folder with a file for each day."""
    files = [
        content
        for node in result.nodes
        if node.template == "split-days" and node.type == "Pod" and node.phase == "Succeeded"
        for content in node.files.values()
    ]
    folders = [content for content in files if content.startswith(b"\x1f\x8b")]
    if not folders:
        return not_yet(
            _("the highs are right, but split-days leaves one file; asked for is a directory.")
        )
    days = -(-hours // DAY)
    with tarfile.open(fileobj=io.BytesIO(folders[0])) as archive:
        count = sum(member.isfile() for member in archive)
    if count != days:
        return not_yet(
            _(
                "the highs are right, but split-days leaves {count} files; {hours} readings are "
                "{days} days, with a file each."
            ).format(count=count, hours=hours, days=days)
        )
    return None


def _with_readings(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The Workflow, its measure giving the case's readings if it has some."""
    copy: dict[str, Any] = json.loads(json.dumps(manifest))
    if not arguments.get("readings"):
        return copy
    text = " ".join(map(str, arguments["readings"])) + "\n"
    for template in copy["spec"]["templates"]:
        if template["name"] == "measure":
            path = template["outputs"]["artifacts"][0]["path"]
            template["container"] |= {"command": ["sh", "-ec", WRITE, text, path], "args": []}
    return copy


def _made_up(hours: int) -> list[int]:
    """As the lesson's `measure` makes them up."""
    return [10 + hour % 24 // 3 + hour // 24 % 5 for hour in range(hours)]


def _case(arguments: dict[str, Any]) -> Case:
    found = arguments.get("readings") or _made_up(arguments["hours"])
    days = [found[first : first + DAY] for first in range(0, len(found), DAY)]
    return (arguments, {"highs": str([max(day) for day in days])})


HIGHS = (
    _case({"hours": 30, "readings": []}),
    _case({"hours": 265, "readings": []}),
    _case(readings(Dice("06-5"))),
)
