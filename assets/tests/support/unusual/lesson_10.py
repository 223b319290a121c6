"""Unusual answers to lesson 10, right and wrong.

Without `from __future__ import annotations`: kfp 1.8 would not see InputPath.
"""

# ruff: noqa: PTH123, SIM115, B006, B905
# in a component a path is a text

from dataclasses import dataclass
from typing import Any

from kfp import dsl
from kfp.components import InputPath, OutputPath
from kfp.dsl import pipeline
from tests.support.answers.answers_10 import TEXT, changed
from workbook.kernel import penguins
from workbook.kernel.penguins import component

# ---- 10-1 to 10-5 --------------------------------------------------------------------------------


def load_by_lines(raw: InputPath("CSV"), table: OutputPath("CSV"), missing: str = "NA"):
    import csv
    from operator import itemgetter

    wanted = ["species", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    with open(raw, newline="") as source:
        head, *rows = csv.reader(source)
    chosen = itemgetter(*map(head.index, wanted))
    kept = [chosen(row) for row in rows]
    with open(table, "w", newline="") as target:
        csv.writer(target).writerows([wanted, *(row for row in kept if missing not in row)])


def split_by_sample(
    table: InputPath("CSV"),
    seed: int,
    train: OutputPath("CSV"),
    validate: OutputPath("CSV"),
    test: OutputPath("CSV"),
):
    from random import Random

    lines = open(table).read().split()
    place, shuffled = lines[0].split(",").index("species"), Random(seed)
    parts = {train: lines[:1], validate: lines[:1], test: lines[:1]}
    by_species = {}
    for line in lines[1:]:
        by_species.setdefault(line.split(",")[place], []).append(line)
    for rows in by_species.values():
        rows, fifth = shuffled.sample(rows, len(rows)), len(rows) // 5
        parts[train] += rows[: 3 * fifth]
        parts[validate] += rows[3 * fifth : 4 * fifth]
        parts[test] += rows[4 * fifth :]
    for path, part in parts.items():
        print(*part, sep="\n", file=open(path, "w"))


def evaluate_by_roots(
    model: InputPath("JSON"), table: InputPath("CSV"), predictions: OutputPath("CSV")
) -> float:
    import csv
    import json
    import math

    with open(model) as file:
        learned = json.load(file)
    right = count = 0
    with open(table) as source, open(predictions, "w") as target:
        print("species,predicted", file=target)
        for row in csv.DictReader(source):
            far = {}
            for species, center in learned["centers"].items():
                units = [(float(row[n]) - c) / learned["spread"][n] for n, c in center.items()]
                far[math.hypot(*units)] = species
            found = far[min(far)]
            print(row["species"], found, sep=",", file=target)
            right, count = right + (found == row["species"]), count + 1
    return round(right / count, 3)


def choose_by_sorting(settings: list, accuracies) -> str:
    from ast import literal_eval

    ranked = sorted(zip(map(float, literal_eval(accuracies)), settings), key=lambda p: -p[0])
    return ranked[0][1]


def choose_the_last_of_equals(settings: list, accuracies) -> str:
    import json

    found = dict(zip(map(float, json.loads(accuracies)), settings))
    return found[max(found)]


def choose_by_name_among_equals(settings: list, accuracies) -> str:
    import json

    return min(zip((-float(a) for a in json.loads(accuracies)), settings))[1]


def choose_by_percent(settings: list, accuracies) -> str:
    import json

    percents = [round(100 * float(each)) for each in json.loads(accuracies)]
    return settings[percents.index(max(percents))]


# ---- 10-6 ----------------------------------------------------------------------------------------


def report_by(lines: str):
    """A report whose program makes `lines` in its own way, of counts, species and accuracy."""
    return changed(penguins.report, "    entry = {", f"    {lines}\n    entry = {{")


def table_of(true, predicted, head="'| | ' + ", tail=" + ' |'", rule="'|---' * (N + 1) + '|'"):
    return (
        f"rows, columns = sorted({true}), sorted({predicted})\n"
        f"    lines = [f'{{100 * accuracy:.1f}} % are right', '', {head}' | '.join(columns){tail}, "
        f"{rule.replace('N', 'len(columns)')}]\n"
        "    lines += [' | '.join([true, *(str(counts[true, name]) for name in columns)]) "
        "for true in rows]"
    )


TRUE, PREDICTED = "{pair[0] for pair in counts}", "{pair[1] for pair in counts}"
OPEN = {"head": "'true | ' + ", "tail": "", "rule": "' | '.join(['---'] * (N + 1))"}
FIRST = "lines[1:1] = ['', '| species | birds |', '|:--|--:|', f'| {species[0]} | 7 |', '']"


# ---- 10-7 ----------------------------------------------------------------------------------------


def train_the_best(best: str, rows: InputPath("CSV"), learned: OutputPath("JSON")):
    import csv
    import json
    from statistics import fmean, pstdev

    with open(rows, newline="") as source:
        birds = list(csv.DictReader(source))
    names = [name for name in birds[0] if name != "species"]
    spread = dict.fromkeys(names, 1.0)
    if best == "scaled":
        spread = {name: pstdev(float(bird[name]) for bird in birds) for name in names}
    centers = {
        kind: {
            name: fmean(float(bird[name]) for bird in birds if bird["species"] == kind)
            for name in names
        }
        for kind in {bird["species"] for bird in birds}
    }
    with open(learned, "w") as target:
        json.dump({"centers": centers, "spread": spread}, target, indent=1)


def publish_a_constant(setting: str, accuracy: float, mlpipeline_metrics: OutputPath("Metrics")):
    import json

    metric = {"name": f"{setting}-accuracy", "numberValue": 0.95, "format": "PERCENTAGE"}
    with open(mlpipeline_metrics, "w") as target:
        json.dump({"metrics": [metric]}, target)


def note(text: str):
    print("note:", text)


@dataclass(frozen=True)
class Way:
    """How a pipeline differs from the right one."""

    last: Any = None  # trains the winner
    retries: int = 0
    baseline: bool = False
    again: bool = False  # evaluates the winner once more
    whole: tuple[str, ...] = ()  # which trainings get the whole table
    always: str = ""  # a setting that the winner gets
    reported: str = "test"  # the part whose predictions are reported
    painted: str = "test"
    publishes: Any = penguins.publish
    copies: str = "winner"
    compares: str = "test"
    validated: str = "validate"


def capstone(**changes):
    way = Way(**changes)

    @pipeline(name="my own penguins")
    def mine(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):
        train_op, evaluate_op = component(penguins.train), component(penguins.evaluate)
        table = component(penguins.load)(TEXT)
        parts = component(penguins.split)(table.output, seed)
        whole = {name: table.output if name in way.whole else parts.outputs["train"] for name in LR}
        if way.baseline:
            first = train_op("raw", parts.outputs["train"])
            evaluate_op(first.output, parts.outputs["validate"])
        with dsl.ParallelFor(settings) as setting:
            model = train_op(setting, whole["loop"])
            score = evaluate_op(model.output, parts.outputs[way.validated])
            component(way.publishes)(setting, score.outputs["Output"])
        best = component(penguins.choose)(settings, score.outputs["Output"])
        last = component(way.last) if way.last else train_op
        winner = last(way.always or best.output, whole["winner"])
        scores = {
            part: evaluate_op(winner.output, parts.outputs[part])
            for part in ("test", "validate")
            if part in (way.reported, way.painted, way.compares) or way.again or part == "test"
        }
        shown, score = scores[way.reported], scores[way.compares]
        said = component(penguins.report)(
            shown.outputs["predictions"], scores["test"].outputs["Output"]
        )
        component(penguins.paint)(scores[way.painted].outputs["predictions"])
        with dsl.Condition(score.outputs["Output"] >= threshold):
            other = train_op("raw", parts.outputs["train"]) if way.copies == "another" else winner
            component(penguins.deploy)(other.output)
        component(note)("the end").after(said)
        for task in (table, parts, model, best, winner, said, *scores.values()):
            if way.retries:
                task.set_retry(way.retries)

    return mine


LR = ("loop", "winner")

# ---- 10-8 and 10-9 -------------------------------------------------------------------------------


def gate_by_asserts(raw: InputPath("CSV"), ranges: dict, checked: OutputPath("CSV")):
    import csv

    text = open(raw, newline="").read()
    rows = list(csv.DictReader(text.splitlines()))
    assert all(name in rows[0] for name in ["species", *ranges])
    seen = []
    for row in rows:
        assert row not in seen, f"twice: {row}"
        seen.append(row)
        for name in ranges:
            low, high = ranges[name]
            assert row[name] == "NA" or low <= float(row[name]) <= high, (name, row[name])
    open(checked, "w", newline="").write(text)


def gate_by_exit(
    raw: InputPath("CSV"), ranges: dict, checked: OutputPath("CSV"), missing: str = "NA"
):
    import csv
    import sys

    with open(raw, newline="") as source:
        reader = csv.DictReader(source)
        rows = [*reader]
    faults = [name for name in ("species", *ranges) if name not in reader.fieldnames]
    if not faults:
        for row in rows:
            for name, (low, high) in ranges.items():
                try:
                    if row[name] != missing and abs(2 * float(row[name]) - low - high) > high - low:
                        faults.append(f"{name}: {row[name]}")
                except ValueError:
                    faults.append(f"{name}: {row[name]}")
    faults += [row for number, row in enumerate(rows) if row in rows[:number]]
    if faults:
        print("broken:", *faults, sep="\n")
        sys.exit(3)
    with open(checked, "w", newline="") as target:
        writer = csv.DictWriter(target, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)


def share_of_the_commonest(train: InputPath("CSV"), test: InputPath("CSV")) -> float:
    import csv
    from collections import Counter

    learned, seen = (
        [row["species"] for row in csv.DictReader(open(path))] for path in (train, test)
    )
    (commonest, _), *_ = Counter(sorted(learned)).most_common(1)
    return round(seen.count(commonest) / len(seen), 3)


def decide(new: float, threshold: float, low: float, old: float) -> str:
    reasons = []
    if new < threshold:
        reasons.append(f"{new} is below the threshold, {threshold}")
    if new <= max(low, old):
        reasons.append(f"{new} is no better than the baseline, {low}, or the deployed, {old}")
    print(*(reasons or ["good enough"]), sep="\n")
    return "no" if reasons else "yes"


@pipeline(name="my own release")
def my_release(
    seed: int = 3,
    threshold: float = 0.5,
    settings: list = ["scaled"],
    deployed: "JSON" = "{}",  # noqa: F821
):
    train_op, evaluate_op = component(penguins.train), component(penguins.evaluate)
    checked = component(gate_by_exit)(TEXT, penguins.RANGES).set_retry(1)
    parts = component(penguins.split)(component(penguins.load)(checked.output).output, seed)
    with dsl.ParallelFor(settings) as setting:
        model = train_op(setting, parts.outputs["train"])
        score = evaluate_op(model.output, parts.outputs["validate"])
        component(penguins.publish)(setting, score.outputs["Output"])
    best = component(penguins.choose)(settings, score.outputs["Output"])
    winner = component(train_the_best)(best.output, parts.outputs["train"])
    old = evaluate_op(deployed, parts.outputs["test"])
    new = evaluate_op(winner.output, parts.outputs["test"])
    low = component(share_of_the_commonest)(parts.outputs["train"], parts.outputs["test"])
    component(penguins.publish)("accuracy of the winner", new.outputs["Output"])
    component(penguins.report)(new.outputs["predictions"], new.outputs["Output"])
    component(penguins.paint)(new.outputs["predictions"])
    said = component(decide)(
        new.outputs["Output"], threshold, low.output, old.outputs["Output"]
    ).set_display_name("good enough?")
    with dsl.Condition(said.output == "yes", name="then"):
        component(penguins.register)(
            winner.output, best.output, seed, new.outputs["Output"], low.output, 0.0
        )


ALSO_RIGHT = {
    "10-1": [component(load_by_lines)],
    "10-2": [component(split_by_sample)],
    "10-3": [
        changed(
            penguins.train, "mean(column(n, kind))", "sum(column(n, kind)) / len(column(n, kind))"
        ),
        changed(penguins.train, "1.0 for n in names", "1 for n in names"),
    ],
    "10-4": [component(evaluate_by_roots)],
    "10-5": [component(choose_by_sorting)],
    "10-6": [
        report_by(table_of("species", "species")),
        report_by(table_of("species", "species", **OPEN)),
        report_by(table_of(TRUE, PREDICTED)),
        report_by(table_of(TRUE, PREDICTED, **OPEN)),
        report_by(FIRST),
        report_by("lines += ['', '| a | b |', '|---|---|', '| 1 | 2 |']"),
        changed(penguins.report, "| {true} |", "| **{true}** |"),
    ],
    "10-7": [
        capstone(),
        capstone(last=train_the_best),
        capstone(retries=2),
        capstone(baseline=True),
        capstone(again=True, baseline=True, last=train_the_best, retries=1),
    ],
    "10-8": [component(gate_by_asserts), component(gate_by_exit)],
    "10-9": [my_release, penguins.release],
}

WRONG = {
    "10-1": [
        (
            lambda: changed(
                penguins.load,
                "[row[column] for column in columns]",
                "[row[c] for c in columns[:4]]",
            ),
            "still NA",
        ),
        (
            lambda: changed(
                penguins.load,
                "[row[column] for column in columns]",
                "[row[c] for c in columns[1:]]",
            ),
            "still NA",
        ),
        (
            lambda: changed(
                penguins.load, "[row[column] for column in columns]", "row['flipper_length_mm']"
            ),
            "still NA",
        ),
    ],
    "10-2": [
        (
            lambda: changed(penguins.split, "len(birds) * 6 // 10, len(birds) * 8 // 10", "12, 16"),
            "of the 10 rows of B you put 10, 0, 0",
        ),
        (
            lambda: changed(penguins.split, "birds[second:]", "birds[second : second + 1]"),
            "belongs into one of the three",
        ),
        (lambda: changed(penguins.split, "birds[:first]", "birds[: first - 1]"), "28 rows"),
    ],
    "10-3": [
        (lambda: changed(penguins.train, "import mean", "import median as mean"), "centers are"),
        (lambda: changed(penguins.train, "pstdev(column(n))", "pstdev(column(n)) ** 2"), "spread"),
    ],
    "10-4": [
        (lambda: changed(penguins.evaluate, " ** 2 for", " for"), "the least sum"),
        (lambda: changed(penguins.evaluate, "/ len(pairs), 3", "/ len(pairs), 2"), "0.83"),
    ],
    "10-5": [
        (lambda: component(choose_by_percent), "asked for is far"),
        (lambda: component(choose_the_last_of_equals), "asked for is left"),
        (lambda: component(choose_by_name_among_equals), "asked for is z"),
    ],
    "10-6": [
        (
            lambda: report_by(
                table_of(TRUE, PREDICTED)
                .replace("sorted({pair[0]", "list({pair[0]")
                .replace("rows, columns = list", "rows, columns = sorted")
                .replace("in rows]", "in rows[::-1]]")
            ),
            "in alphabetical order",
        ),
        (lambda: report_by("lines = [line.replace('2', '3') for line in lines]"), "you count"),
        (lambda: report_by("lines = lines[:-1]"), "in the row of the true Wren"),
        (lambda: changed(penguins.report, "{accuracy}", "{accuracy:.1f}"), "the accuracy, 0.667"),
    ],
    "10-7": [
        (lambda: capstone(whole=("loop",)), "validation table"),
        (lambda: capstone(whole=("winner",)), "train it on the table train"),
        (lambda: capstone(whole=("loop", "winner")), "validation table"),
        (lambda: capstone(always="raw"), "on the test table it is"),
        (lambda: capstone(always="scaled"), "on the test table it is"),
        (lambda: capstone(reported="validate"), "report doesn't get the predictions"),
        (lambda: capstone(painted="validate"), "paint doesn't get the predictions"),
        (lambda: capstone(publishes=publish_a_constant), "is not published"),
        (lambda: capstone(copies="another"), "what is deployed is not the model"),
        (lambda: capstone(compares="validate"), "deploy has"),
        (lambda: capstone(validated="test"), "on the validation table"),
        (lambda: capstone(validated="train"), "on the validation table"),
    ],
}
