"""Wrong answers that learners give in lesson 10, and what the finding must say of each."""
# ruff: noqa: PTH123
# no `from __future__ import annotations`: kfp 1.8 would not see InputPath

import contextlib
import csv

from kfp import dsl
from kfp.components import InputPath, OutputPath
from workbook.kernel import penguins
from workbook.kernel.penguins import component

TEXT = penguins.CSV.read_text()

# ---- load ----------------------------------------------------------------------------------------


def splits_at_commas(raw: InputPath("CSV"), table: OutputPath("CSV")):
    with open(raw) as source, open(table, "w") as target:
        print("species,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g", file=target)
        for line in source.readlines()[1:]:
            cells = line.split(",")
            if "NA" not in (chosen := [cells[0], *cells[2:6]]):
                print(",".join(chosen), file=target)


def copies_the_file(raw: InputPath("CSV"), table: OutputPath("CSV")):
    with open(raw) as source, open(table, "w") as target:
        target.write(source.read())


def writes_elsewhere(raw: InputPath("CSV"), table: OutputPath("CSV")):
    with open("table.csv", "w") as target:
        target.write("species\n")


def leans_on_an_import(raw: InputPath("CSV"), table: OutputPath("CSV")):
    with open(raw) as source:
        list(csv.DictReader(source))


# ---- the right step, changed in one place -------------------------------------------------------


def changed(step, old, new):
    """The component of a step of workbook.penguins with one piece of its program replaced."""
    factory = component(step)
    command = factory.component_spec.implementation.container.command
    assert old in command[-1]
    command[-1] = command[-1].replace(old, new)
    return factory


def unhinted_choose(settings, accuracies) -> str:
    import json

    return settings[json.loads(accuracies).index(max(json.loads(accuracies)))]


def hinted_choose(settings: list, accuracies: list) -> str:
    return settings[accuracies.index(max(accuracies))]


def choose_a_number(settings: list, accuracies) -> float:
    import json

    return max(float(accuracy) for accuracy in json.loads(accuracies))


def choose_the_last(settings: list, accuracies) -> str:
    return settings[-1]


def choose_by_texts(settings: list, accuracies) -> str:
    return settings[accuracies.index(max(accuracies))]


# ---- split ---------------------------------------------------------------------------------------


def split_at_random(
    table: InputPath("CSV"),
    seed: int,
    train: OutputPath("CSV"),
    validate: OutputPath("CSV"),
    test: OutputPath("CSV"),
):
    import random

    with open(table) as source:
        header, *rows = source.read().splitlines()
    random.Random(seed).shuffle(rows)
    first, second = len(rows) * 6 // 10, len(rows) * 8 // 10
    parts = {train: rows[:first], validate: rows[first:second], test: rows[second:]}
    for path, part in parts.items():
        with open(path, "w") as target:
            target.write("\n".join([header, *part]) + "\n")


# ---- the pipeline --------------------------------------------------------------------------------


def capstone(
    decide="condition",
    report_inside=False,
    publishes=True,
    loop_over=None,
    loop_tables=("train", "validate"),
    final_tables=("train", "test"),
):
    """A pipeline like the right one but for what the arguments say."""

    @dsl.pipeline(name="penguins")
    def pipeline(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):  # noqa: B006
        train_op, evaluate_op = component(penguins.train), component(penguins.evaluate)
        table = component(penguins.load)(TEXT)
        parts = component(penguins.split)(table.output, seed)
        with dsl.ParallelFor(loop_over or settings) as setting:
            model = train_op(setting, parts.outputs[loop_tables[0]])
            score = evaluate_op(model.output, parts.outputs[loop_tables[1]])
            if publishes:
                component(penguins.publish)(setting, score.outputs["Output"])
        best = component(penguins.choose)(settings, score.outputs["Output"])
        model = train_op(best.output, parts.outputs[final_tables[0]])
        score = evaluate_op(model.output, parts.outputs[final_tables[1]])
        component(penguins.paint)(score.outputs["predictions"])

        def report():
            component(penguins.report)(score.outputs["predictions"], score.outputs["Output"])

        if not report_inside:
            report()
        if decide == "if":
            if score.outputs["Output"] >= threshold:
                component(penguins.deploy)(model.output)
        else:
            good = score.outputs["Output"]
            conditions = {
                "condition": good >= threshold,
                "more than": good > threshold,
                "a number": good >= 0.9,
            }
            with dsl.Condition(conditions[decide]):
                component(penguins.deploy)(model.output)
                if report_inside:
                    report()

    return pipeline


@dsl.pipeline(name="penguins")
def without_parameters():
    component(penguins.load)(TEXT)


@dsl.pipeline(name="penguins")
def without_a_choice(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):  # noqa: B006
    table = component(penguins.load)(TEXT)
    component(penguins.split)(table.output, seed)


@dsl.pipeline(name="penguins")
def gives_a_path(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):  # noqa: B006
    component(penguins.load)(penguins.CSV.name)


@dsl.pipeline(name="penguins")
def forgets_outputs(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):  # noqa: B006
    table = component(penguins.load)(TEXT)
    parts = component(penguins.split)(table.output, seed)
    component(penguins.train)("raw", parts.output)


def released(**changes):
    """A pipeline like penguins.release but for what the arguments say."""
    way = {
        "gate": "before load",
        "on": "test",
        "conditions": ("threshold", "baseline", "deployed"),
        "published": True,
        "registers": "winner",
        "more": lambda one, other: one > other,
        "reaches": lambda one, other: one >= other,
        **changes,
    }

    @dsl.pipeline(name="release")
    def pipeline(
        seed: int = 1,
        threshold: float = 0.9,
        settings: list = ["raw", "scaled"],  # noqa: B006
        deployed="",
    ):
        train_op, evaluate_op = component(penguins.train), component(penguins.evaluate)
        publish_op = component(penguins.publish)
        raw = TEXT
        if way["gate"] != "none":
            checked = component(penguins.gate)(TEXT, penguins.RANGES)
            raw = checked.output if way["gate"] == "before load" else TEXT
        table = component(penguins.load)(raw)
        parts = component(penguins.split)(table.output, seed)
        with dsl.ParallelFor(settings) as setting:
            model = train_op(setting, parts.outputs["train"])
            score = evaluate_op(model.output, parts.outputs["validate"])
            publish_op(setting, score.outputs["Output"])
        best = component(penguins.choose)(settings, score.outputs["Output"])
        model = train_op(best.output, parts.outputs["train"])
        score = evaluate_op(model.output, parts.outputs["test"])
        new = score.outputs["Output"]
        if way["published"]:
            publish_op("test", new)
        component(penguins.report)(score.outputs["predictions"], new)
        component(penguins.paint)(score.outputs["predictions"])
        usual = component(penguins.baseline)(parts.outputs["train"])
        low = evaluate_op(usual.output, parts.outputs["test"]).outputs["Output"]
        old = evaluate_op(deployed, parts.outputs[way["on"]]).outputs["Output"]
        conditions = {
            "threshold": way["reaches"](new, threshold),
            "baseline": way["more"](new, low),
            "deployed": way["more"](new, old),
        }
        with contextlib.ExitStack() as stack:
            for name in way["conditions"]:
                stack.enter_context(dsl.Condition(conditions[name]))
            chosen = usual if way["registers"] == "baseline" else model
            component(penguins.register)(chosen.output, best.output, seed, new, low, old)

    return pipeline


def gate_without(old, new):
    return lambda: changed(penguins.gate, old, new)


WRONG = {
    "10-1": [
        (
            lambda: changed(penguins.load, "[row[column] for column in columns]", "row.values()"),
            "only its sex or year is NA",
        ),
        (lambda: changed(penguins.load, 'if "NA" not in', 'if "" not in'), "still NA"),
        (lambda: component(splits_at_commas), "csv.DictReader"),
        (lambda: component(copies_the_file), "asked for are species"),
        (lambda: component(writes_elsewhere), "/tmp/outputs/table/data.tgz: no such file"),
        (lambda: component(leans_on_an_import), "NameError"),
        (lambda: penguins.load, "asked for is a component"),
    ],
    "10-2": [
        (lambda: changed(penguins.split, "random.Random(seed)", "random"), "random.Random(seed)"),
        (lambda: changed(penguins.split, "Random(seed)", "Random(1)"), "use the argument seed"),
        (lambda: changed(penguins.split, "shuffle(rows)", "random()"), "shuffle them first"),
        (lambda: changed(penguins.split, "[header, *part]", "part"), "asked for is the header"),
        (
            lambda: changed(penguins.split, "birds[first:second]", "birds[first:]"),
            "36 rows, 30 of them distinct",
        ),
        (lambda: changed(penguins.split, "* 6 // 10", "* 5 // 10"), "10, 6, 4"),
        (lambda: component(split_at_random), "rows of A you put"),
    ],
    "10-3": [
        (lambda: changed(penguins.train, "pstdev", "stdev"), "statistics.stdev"),
        (lambda: changed(penguins.train, 'setting == "scaled"', "True"), "with setting raw"),
        (lambda: changed(penguins.train, 'setting == "scaled"', "False"), "with setting scaled"),
        (lambda: changed(penguins.train, "mean(column(n, kind))", "mean(column(n))"), "centers"),
        (lambda: changed(penguins.train, '"centers": centers', '"means": centers'), "KeyError"),
    ],
    "10-4": [
        (lambda: changed(penguins.evaluate, " / spread[name]", ""), "the least sum"),
        (lambda: changed(penguins.evaluate, "/ len(pairs), 3", "/ len(pairs) * 100, 1"), "83.3"),
        (lambda: changed(penguins.evaluate, "/ len(pairs), 3", "/ len(pairs), 9"), "0.83333"),
        (lambda: changed(penguins.evaluate, '("species", "predicted"), ', ""), "has the columns"),
        (lambda: changed(penguins.evaluate, "float(row[name])", "row[name]"), "TypeError"),
    ],
    "10-5": [
        (lambda: component(hinted_choose), "leave it without a hint"),
        (lambda: component(unhinted_choose), "write settings: list"),
        (lambda: component(choose_a_number), "Output: String"),
        (lambda: component(choose_the_last), "asked for is two"),
        (lambda: component(choose_by_texts), "IndexError"),
    ],
    "10-6": [
        (lambda: changed(penguins.report, '{"outputs": [entry]}', "entry"), "asked for is JSON"),
        (lambda: changed(penguins.report, '"markdown"', '"table"'), 'the type "markdown"'),
        (lambda: changed(penguins.report, '"storage": "inline", ', ""), "the text itself"),
        (lambda: changed(penguins.report, "{accuracy}", "high"), "the accuracy, 0.667"),
        (
            lambda: changed(penguins.report, "counts[true, name]", "counts[name, true]"),
            "rows are the true species",
        ),
        (lambda: changed(penguins.report, "|---", "|..."), "below its head"),
        (lambda: changed(penguins.report, '"| | "', '"  "'), "a table's head"),
        (lambda: changed(penguins.report, "for name in pair}", "for name in pair[:1]}"), "Jay"),
    ],
    "10-7": [
        (lambda: capstone(decide="if"), "dsl.Condition"),
        (lambda: capstone(decide="more than"), "is at least the threshold"),
        (lambda: capstone(report_inside=True), "no step report has run"),
        (lambda: capstone(publishes=False), "for-loop-1.outputs failed to resolve"),
        (lambda: capstone(loop_over=["raw", "scaled"]), "there are 3 settings"),
        (lambda: capstone(decide="a number"), "is at least the threshold"),
        (lambda: capstone(loop_tables=("train", "test")), "on the validation table"),
        (lambda: capstone(loop_tables=("train", "train")), "on the validation table"),
        (lambda: capstone(final_tables=("train", "validate")), "on the test table it is"),
        (lambda: capstone(final_tables=("test", "test")), "on the test table it is"),
        (lambda: without_parameters, "no parameter seed, threshold, settings"),
        (lambda: without_a_choice, "no step choose, report, paint has run"),
        (lambda: gives_a_path, "load is given 'penguins.csv'"),
        (lambda: forgets_outputs, "does not compile"),
        (lambda: component(penguins.load), "a pipeline that uses it"),
    ],
    "10-8": [
        (gate_without("not low <= float(value) <= high", "float(value) < low"), "above its range"),
        (gate_without("not low <= float(value) <= high", "float(value) > high"), "below its range"),
        (gate_without("low <= float(value) <= high", "low < float(value) < high"), "a good table"),
        (gate_without('value != "NA" and ', ""), "a good table doesn't pass"),
        (gate_without("raise ValueError(", "print("), "no column"),
        (gate_without("< len(lines)", "> len(lines)"), "a row that is there twice"),
        (gate_without("shutil.copyfile(raw, checked)", "pass"), "a good table"),
        (gate_without('{"species", *ranges}', "set(ranges)"), "no column species"),
        (lambda: component(penguins.load), "ranges"),
    ],
    "10-9": [
        (lambda: penguins.capstone, "no parameter deployed"),
        (lambda: released(gate="none"), "it ends Succeeded"),
        (lambda: released(gate="beside load"), "load runs all the same"),
        (lambda: released(on="validate"), "on the test table"),
        (lambda: released(conditions=("baseline", "deployed")), "at least the threshold"),
        (lambda: released(conditions=("threshold", "deployed")), "the baseline's"),
        (lambda: released(conditions=("threshold", "baseline")), "the deployed model's"),
        (lambda: released(conditions=()), "though its accuracy"),
        (lambda: released(published=False), "is not published"),
        (lambda: released(registers="baseline"), "what is registered is not the model"),
        (lambda: released(more=lambda a, b: a >= b), "though its accuracy"),
        (lambda: released(reaches=lambda a, b: a > b), "no model is registered"),
    ],
    "10-quiz": [
        (lambda: {1: "a", 2: "b", 3: "a"}, "as a value inside the loop"),
        (lambda: {1: "b", 2: "b", 3: "a"}, "the compiler passes the placeholder on"),
        (lambda: {1: "c", 2: "a", 3: "a"}, "by which this setting was picked"),
        (lambda: {1: "c", 2: "b", 3: "b"}, "no failure"),
    ],
}
