"""Lesson 10: the capstone."""

from __future__ import annotations

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.lesson_10 import tables
from workbook.exercises.lesson_10.birds import birds
from workbook.exercises.lesson_10.data import judge_load, judge_split, see_load, see_split
from workbook.exercises.lesson_10.gate import GATES, judge_gate, see_gate, to_pass
from workbook.exercises.lesson_10.model import (
    judge_choose,
    judge_evaluate,
    judge_train,
    see_choose,
    see_evaluate,
    see_train,
)
from workbook.exercises.lesson_10.pipeline import judge_pipeline, see_pipeline
from workbook.exercises.lesson_10.release import judge_release, see_release
from workbook.exercises.lesson_10.releases import RELEASES, release
from workbook.exercises.lesson_10.report import judge_report, see_report
from workbook.exercises.model import Exercise, Trial
from workbook.language import _

QUIZ = {
    "1": (
        "c",
        {
            "a": _("it prints, but it also takes the accuracy as a value inside the loop."),
            "b": _(
                "the compiler passes the placeholder on; nobody tells it that nothing fills it."
            ),
        },
    ),
    "2": (
        "b",
        {
            "a": _("it was measured, on the very table by which this setting was picked."),
            "c": _("a small table makes it uncertain; picking the best makes it too high."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("a branch not taken is no failure: the condition was looked at, and was false."),
            "c": _(
                "after report or not, a step inside dsl.Condition runs when the condition holds."
            ),
        },
    ),
}


EXERCISES = (
    Exercise(
        "10-1",
        "component",
        judge_load,
        (
            _("Which columns does a row need, and which of its NAs do no harm?"),
            _("csv.DictReader reads rows as dicts, csv.DictWriter writes chosen columns of them."),
            _('if "NA" not in [row[column] for column in columns]: writer.writerow(row)'),
        ),
        Trial(tables.LOADS, see_load, tables.raw),
    ),
    Exercise(
        "10-2",
        "component",
        judge_split,
        (
            _("What is cut in three: the table as a whole, or the rows of each species?"),
            _("random.Random(seed).shuffle(rows) shuffles a list in place, the same for a seed."),
            _(
                "for each species: birds = [row for row in rows if row[place] == species], and"
                " birds[: len(birds) * 6 // 10] is added to train"
            ),
        ),
        Trial(tables.SPLITS, see_split, tables.to_split),
    ),
    Exercise(
        "10-3",
        "component",
        judge_train,
        (
            _("What is averaged for a center: all rows, or the rows of one species?"),
            _("statistics.mean and statistics.pstdev take numbers; a CSV gives texts, so float."),
            _('spread: pstdev(column) if setting == "scaled" else 1.0; then json.dump both'),
        ),
        Trial(tables.LEARNED, see_train, tables.to_learn),
    ),
    Exercise(
        "10-4",
        "component",
        judge_evaluate,
        (
            _("How far is a row from a center, if each column counts in units of its spread?"),
            _("min(centers, key=...) gives the name of the center with the least distance."),
            _("sum(((float(row[name]) - center[name]) / spread[name]) ** 2 for name in spread)"),
        ),
        Trial(tables.EVALUATED, see_evaluate, tables.to_evaluate),
    ),
    Exercise(
        "10-5",
        "component",
        judge_choose,
        (
            _("accuracies arrives as one text. What is in it, and in which order?"),
            _("json.loads makes a list of the text, float a number of each; a list has .index."),
            _("settings[numbers.index(max(numbers))], and hints: settings: list, -> str"),
        ),
        Trial(tables.CHOICES, see_choose, tables.to_choose),
    ),
    Exercise(
        "10-6",
        "component",
        judge_report,
        (
            _("How often does each pair of a true and a predicted species occur?"),
            _("collections.Counter counts pairs; a Markdown table is head, |---|---|, rows."),
            _('{"outputs": [{"type": "markdown", "storage": "inline", "source": text}]}'),
        ),
        Trial(tables.REPORTS, see_report, tables.to_report),
    ),
    Exercise(
        "10-7",
        "workflow",
        judge_pipeline,
        (
            _("Which steps must run once for each setting, and which once in all?"),
            _("dsl.ParallelFor(settings) for the loop, dsl.Condition(a >= b) for deploy."),
            _(
                "load, split; in the loop train, evaluate, publish; after it choose, train,"
                " evaluate on test, report, paint; in the condition deploy"
            ),
        ),
        Trial(tables.PIPELINES, see_pipeline, birds),
    ),
    Exercise(
        "10-8",
        "component",
        judge_gate,
        (
            _("Of which three things must a table be free before anything is learned from it?"),
            _("csv.reader gives lists; a set has no element twice; raise ValueError(...) fails."),
            _('if value != "NA" and not low <= float(value) <= high: raise ValueError(...)'),
        ),
        Trial(GATES, see_gate, to_pass),
    ),
    Exercise(
        "10-9",
        "workflow",
        judge_release,
        (
            _("Which three models are measured after the loop, and on which table?"),
            _("evaluate_op takes any model: the winner, the baseline, the deployed one."),
            _(
                "load_op(gate_op(text, penguins.RANGES).output); at the end, inside one another,"
                " dsl.Condition(new >= threshold), (new > low), (new > old) around register_op"
            ),
        ),
        Trial(RELEASES, see_release, release),
    ),
    Exercise(
        "10-quiz",
        "value",
        quiz(QUIZ),
        (
            _("For each: what does the compiler see, what does the run do, who picked what?"),
            _("Lesson text: collect, choose and test, deploy only if good enough."),
            _("Run the pipeline with another threshold and look at show(...)."),
        ),
    ),
)
