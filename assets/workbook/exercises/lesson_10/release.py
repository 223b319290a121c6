"""The judge of the pipeline that releases a model: it is run on tables that are whole and on broken
ones, beside deployed models that are better, as good and worse.

Like the judge of 10-7, it follows the data and what a run gives, not names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.lesson_10.expected import Expected, expected, table_of
from workbook.exercises.lesson_10.model import close
from workbook.exercises.lesson_10.pipeline import (
    Step,
    after_the_loop,
    copies_of_models,
    faults_of_the_choice,
    judge_shape,
    judge_steps,
    run_on_birds,
    steps_of,
    texts_of,
)
from workbook.exercises.lesson_10.releases import accuracy_to_beat, what_is_broken
from workbook.exercises.lesson_10.tables import COLUMNS
from workbook.exercises.model import Case, Finding, NotObserved, not_yet, right
from workbook.language import _

PARAMETERS = ("seed", "threshold", "settings", "deployed")


@dataclass(frozen=True)
class Bars:
    """What the accuracy of a candidate on the test table must reach, and what it must exceed."""

    threshold: float
    baseline: float
    deployed: float

    def missed(self, accuracy: float) -> str:
        """The first that it doesn't, in words; nothing for one that is good enough."""
        if accuracy < self.threshold:
            return _("at least the threshold, {number}").format(number=self.threshold)
        if accuracy <= self.baseline:
            return _("higher than the baseline's, {number}").format(number=self.baseline)
        if accuracy <= self.deployed:
            return _("higher than the deployed model's, {number}").format(number=self.deployed)
        return ""


def judge_release(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    if finding := judge_shape(answer, PARAMETERS):
        return finding
    for arguments, _wanted in cases:
        if finding := _judge_case(answer, arguments):
            return finding
    return right()


def see_release(answer: dict[str, Any], arguments: Mapping[str, Any]) -> None:
    """Nothing besides what the arguments say; the solution must be right on them."""
    if finding := _judge_case(answer, arguments):
        raise NotObserved(finding.text)


def _judge_case(manifest: Mapping[str, Any], arguments: Mapping[str, Any]) -> Finding | None:
    if what := what_is_broken(arguments["table"]):
        return _judge_broken(manifest, arguments, what)
    wanted = expected(arguments["table"], arguments["seed"], arguments["settings"])
    bars = Bars(arguments["threshold"], *accuracy_to_beat(wanted, arguments["deployed"]))

    def faults(steps: Sequence[Step]) -> Iterator[str]:
        after = after_the_loop(steps)
        yield from faults_of_the_choice(steps, wanted, arguments["settings"])
        if not any(wanted.accuracy in step.metrics for step in after):
            yield _(
                "the winner's accuracy on the test table, {accuracy}, is not published."
            ).format(accuracy=wanted.accuracy)
        yield from _faults_of_register(after, wanted, bars)

    return judge_steps(manifest, arguments, PARAMETERS, faults)


def _judge_broken(
    manifest: Mapping[str, Any], arguments: Mapping[str, Any], what: str
) -> Finding | None:
    run = run_on_birds(manifest, arguments, PARAMETERS)
    if isinstance(run, Finding):
        return run
    words = spoken_arguments(texts_of(arguments, PARAMETERS))
    if run.phase == "Succeeded":
        return not_yet(
            _("run with {words}, and a table in which {what}, it ends Succeeded.").format(
                words=words, what=what
            )
        )
    given = [table_of(text) for step in steps_of(run) for text in step.outputs]
    if any(table and sorted(table[0]) == sorted(COLUMNS) for table in given):
        return not_yet(
            _(
                "run with {words}, and a table in which {what}, load runs all the same: it must get"
                " what comes out of gate."
            ).format(words=words, what=what)
        )
    return None


def _faults_of_register(after: Sequence[Step], wanted: Expected, bars: Bars) -> Iterator[str]:
    copies, accuracy, missed = (
        copies_of_models(after),
        wanted.accuracy,
        bars.missed(wanted.accuracy),
    )
    if copies and missed:
        yield _(
            "a model is registered, though its accuracy on the test table, {accuracy}, is not"
            " {missed}."
        ).format(accuracy=accuracy, missed=missed)
    if not copies and not missed:
        yield _(
            "no model is registered, though the winner's accuracy on the test table is {accuracy},"
            " the baseline's {baseline}, the deployed model's {deployed}."
        ).format(accuracy=accuracy, baseline=bars.baseline, deployed=bars.deployed)
    if any(not close(copy, wanted.models[wanted.best]) for copy in copies):
        yield _("what is registered is not the model that was trained after the choice.")
