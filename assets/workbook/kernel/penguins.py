"""The capstone's steps, ready-made: lesson 10 goes on with these, whatever an exercise gave.

Each function becomes a component, so it has everything inside itself and opens the paths that it
is given. This module has no `from __future__ import annotations`: it would make texts of the
hints, and kfp 1.8 would no longer see InputPath. Where a step is an exercise, the solution is the
same text (assets/tests/workbook/kernel/test_penguins.py compares them).
"""

from functools import partial

from kfp import dsl
from kfp.components import InputPath, OutputPath, create_component_from_func

from workbook.paths import DATA

CSV = DATA / "penguins.csv"  # its licence is in README.md there

component = partial(create_component_from_func, base_image="python:3.11")


# in what range a measurement of a grown penguin lies
RANGES = {
    "bill_length_mm": [25, 65],
    "bill_depth_mm": [10, 25],
    "flipper_length_mm": [150, 250],
    "body_mass_g": [2000, 7000],
}


def load(raw: InputPath("CSV"), table: OutputPath("CSV")):
    import csv

    columns = "species bill_length_mm bill_depth_mm flipper_length_mm body_mass_g".split()
    with open(raw, newline="") as source, open(table, "w", newline="") as target:
        writer = csv.DictWriter(target, columns, extrasaction="ignore")
        writer.writeheader()
        for row in csv.DictReader(source):
            if "NA" not in [row[column] for column in columns]:
                writer.writerow(row)


def split(
    table: InputPath("CSV"),
    seed: int,
    train: OutputPath("CSV"),
    validate: OutputPath("CSV"),
    test: OutputPath("CSV"),
):
    import csv
    import random

    with open(table, newline="") as source:
        header, *rows = csv.reader(source)
    random.Random(seed).shuffle(rows)
    place, parts = header.index("species"), {train: [], validate: [], test: []}
    for species in sorted({row[place] for row in rows}):
        birds = [row for row in rows if row[place] == species]
        first, second = len(birds) * 6 // 10, len(birds) * 8 // 10
        parts[train] += birds[:first]
        parts[validate] += birds[first:second]
        parts[test] += birds[second:]
    for path, part in parts.items():
        with open(path, "w", newline="") as target:
            csv.writer(target).writerows([header, *part])


def train(setting: str, table: InputPath("CSV"), model: OutputPath("JSON")):
    import csv
    import json
    from statistics import mean, pstdev

    with open(table, newline="") as source:
        rows = list(csv.DictReader(source))
    names = [name for name in rows[0] if name != "species"]

    def column(name, species=None):
        return [float(row[name]) for row in rows if species in (None, row["species"])]

    spread = {n: pstdev(column(n)) if setting == "scaled" else 1.0 for n in names}
    kinds = sorted({row["species"] for row in rows})
    centers = {kind: {n: mean(column(n, kind)) for n in names} for kind in kinds}
    with open(model, "w") as target:
        json.dump({"spread": spread, "centers": centers}, target)


def evaluate(
    model: InputPath("JSON"), table: InputPath("CSV"), predictions: OutputPath("CSV")
) -> float:
    import csv
    import json

    with open(model) as source:
        learned = json.load(source)
    with open(table, newline="") as source:
        rows = list(csv.DictReader(source))
    spread, centers = learned["spread"], learned["centers"]

    def distance(row, center):
        return sum(((float(row[name]) - center[name]) / spread[name]) ** 2 for name in spread)

    pairs = [(r["species"], min(centers, key=lambda s: distance(r, centers[s]))) for r in rows]
    with open(predictions, "w", newline="") as target:
        csv.writer(target).writerows([("species", "predicted"), *pairs])
    return round(sum(species == predicted for species, predicted in pairs) / len(pairs), 3)


def publish(setting: str, accuracy: float, mlpipeline_metrics: OutputPath("Metrics")):
    import json

    metric = {"name": f"{setting}-accuracy", "numberValue": accuracy, "format": "PERCENTAGE"}
    with open(mlpipeline_metrics, "w") as target:
        json.dump({"metrics": [metric]}, target)
    print(setting, accuracy)


def choose(settings: list, accuracies) -> str:
    import json

    numbers = [float(accuracy) for accuracy in json.loads(accuracies)]
    return settings[numbers.index(max(numbers))]


def report(
    predictions: InputPath("CSV"),
    accuracy: float,
    mlpipeline_ui_metadata: OutputPath("UI_metadata"),
):
    import csv
    import json
    from collections import Counter

    with open(predictions, newline="") as source:
        counts = Counter((row["species"], row["predicted"]) for row in csv.DictReader(source))
    species = sorted({name for pair in counts for name in pair})
    lines = [f"Accuracy on the test table: {accuracy}", ""]
    lines += ["| | " + " | ".join(species) + " |", "|---" * (len(species) + 1) + "|"]
    for true in species:
        cells = " | ".join(str(counts[true, name]) for name in species)
        lines.append(f"| {true} | {cells} |")
    entry = {"type": "markdown", "storage": "inline", "source": "\n".join(lines)}
    with open(mlpipeline_ui_metadata, "w") as target:
        json.dump({"outputs": [entry]}, target)


def paint(predictions: InputPath("CSV"), mlpipeline_ui_metadata: OutputPath("UI_metadata")):
    import csv
    import io
    import json
    from collections import Counter

    with open(predictions, newline="") as source:
        counts = Counter((row["species"], row["predicted"]) for row in csv.DictReader(source))
    species = sorted({name for pair in counts for name in pair})
    cells = io.StringIO()
    rows = [(true, guess, counts[true, guess]) for true in species for guess in species]
    csv.writer(cells, lineterminator="\n").writerows(rows)
    entry = {
        "type": "confusion_matrix",
        "format": "csv",
        "schema": [
            {"name": "species", "type": "CATEGORY"},
            {"name": "predicted", "type": "CATEGORY"},
            {"name": "count", "type": "NUMBER"},
        ],
        "labels": species,
        "storage": "inline",
        "source": cells.getvalue(),
    }
    with open(mlpipeline_ui_metadata, "w") as target:
        json.dump({"outputs": [entry]}, target)


def deploy(model: InputPath("JSON"), deployed: OutputPath("JSON")):
    import shutil

    shutil.copyfile(model, deployed)
    print("deployed: from here on, this model answers")


@dsl.pipeline(name="penguins")
def capstone(seed: int = 1, threshold: float = 0.9, settings: list = ["raw", "scaled"]):  # noqa: B006
    train_op, evaluate_op = component(train), component(evaluate)  # each is used twice
    table = component(load)(CSV.read_text())
    parts = component(split)(table.output, seed)
    with dsl.ParallelFor(settings) as setting:
        model = train_op(setting, parts.outputs["train"])
        score = evaluate_op(model.output, parts.outputs["validate"])
        component(publish)(setting, score.outputs["Output"])
    best = component(choose)(settings, score.outputs["Output"])
    model = train_op(best.output, parts.outputs["train"])
    score = evaluate_op(model.output, parts.outputs["test"])
    component(report)(score.outputs["predictions"], score.outputs["Output"])
    component(paint)(score.outputs["predictions"])
    with dsl.Condition(score.outputs["Output"] >= threshold):
        component(deploy)(model.output)


# ---- fit for work --------------------------------------------------------------------------------


def gate(raw: InputPath("CSV"), ranges: dict, checked: OutputPath("CSV")):
    import csv
    import shutil

    with open(raw, newline="") as source:
        header, *lines = csv.reader(source)
    if missing := sorted({"species", *ranges} - set(header)):
        raise ValueError(f"no column {', '.join(missing)}")
    for name, (low, high) in ranges.items():
        for line in lines:
            value = line[header.index(name)]
            if value != "NA" and not low <= float(value) <= high:
                raise ValueError(f"{name} is {value}, which is not from {low} to {high}")
    if len(set(map(tuple, lines))) < len(lines):
        raise ValueError("a row is there twice")
    shutil.copyfile(raw, checked)


def baseline(table: InputPath("CSV"), model: OutputPath("JSON")):
    import csv
    import json
    from collections import Counter

    with open(table, newline="") as source:
        rows = list(csv.DictReader(source))
    counts = Counter(row["species"] for row in rows)
    commonest = min(counts, key=lambda species: (-counts[species], species))
    names = [name for name in rows[0] if name != "species"]
    learned = {
        "spread": dict.fromkeys(names, 1.0),
        "centers": {commonest: dict.fromkeys(names, 0.0)},  # the only one is always the nearest
    }
    with open(model, "w") as target:
        json.dump(learned, target)


def register(
    model: InputPath(),
    setting: str,
    seed: int,
    accuracy: float,
    baseline: float,
    replaced: float,
    registered: OutputPath(),
    card: OutputPath("JSON"),
):
    import json
    import shutil

    shutil.copyfile(model, registered)
    facts = {
        "setting": setting,
        "seed": seed,
        "accuracy": accuracy,
        "baseline": baseline,
        "replaced": replaced,
    }
    with open(card, "w") as target:
        json.dump(facts, target, indent=1)
    print("registered:", facts)


def release_of(train_op, evaluate_op, baseline_op):
    """The pipeline of exercise 10-9, with these for its three steps that know a model's inside."""

    @dsl.pipeline(name="release")
    def release(
        seed: int = 1,
        threshold: float = 0.9,
        settings: list = ["raw", "scaled"],  # noqa: B006
        deployed="",
    ):
        publish_op = component(publish)
        checked = component(gate)(CSV.read_text(), RANGES)
        table = component(load)(checked.output)
        parts = component(split)(table.output, seed)
        with dsl.ParallelFor(settings) as setting:
            model = train_op(setting, parts.outputs["train"])
            score = evaluate_op(model.output, parts.outputs["validate"])
            publish_op(setting, score.outputs["Output"])
        best = component(choose)(settings, score.outputs["Output"])
        model = train_op(best.output, parts.outputs["train"])
        score = evaluate_op(model.output, parts.outputs["test"])
        new = score.outputs["Output"]
        publish_op("test", new)
        component(report)(score.outputs["predictions"], new)
        component(paint)(score.outputs["predictions"])
        usual = baseline_op(parts.outputs["train"])
        low = evaluate_op(usual.output, parts.outputs["test"]).outputs["Output"]
        old = evaluate_op(deployed, parts.outputs["test"]).outputs["Output"]
        with dsl.Condition(new >= threshold), dsl.Condition(new > low), dsl.Condition(new > old):
            component(register)(model.output, best.output, seed, new, low, old)

    return release


release = release_of(component(train), component(evaluate), component(baseline))
