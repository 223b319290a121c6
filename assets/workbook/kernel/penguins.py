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
    import random

    with open(table) as source:
        header, *rows = source.read().splitlines()
    random.Random(seed).shuffle(rows)
    first, second = len(rows) * 6 // 10, len(rows) * 8 // 10
    parts = {train: rows[:first], validate: rows[first:second], test: rows[second:]}
    for path, part in parts.items():
        with open(path, "w") as target:
            target.write("\n".join([header, *part]) + "\n")


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


def paint(
    predictions: InputPath("CSV"),
    picture: OutputPath("SVG"),
    mlpipeline_ui_metadata: OutputPath("UI_metadata"),
):
    import csv
    import json
    from collections import Counter
    from html import escape

    with open(predictions, newline="") as source:
        counts = Counter((row["species"], row["predicted"]) for row in csv.DictReader(source))
    species = sorted({name for pair in counts for name in pair})
    totals = {true: sum(counts[true, name] for name in species) or 1 for true in species}
    width, height = 150 + 110 * len(species), 70 + 60 * len(species)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#fff"/>',
        '<text x="10" y="22">true, down; predicted, across</text>',
    ]
    for row, true in enumerate(species):
        y = 60 + 60 * row
        parts.append(f'<text x="10" y="{y + 33}">{escape(true)}</text>')
        parts.append(f'<text x="{140 + 110 * row}" y="48">{escape(true)}</text>')
        for column, predicted in enumerate(species):
            x, count = 140 + 110 * column, counts[true, predicted]
            share = count / totals[true]
            ink = "#fff" if share > 0.5 else "#202124"
            parts.append(
                f'<rect x="{x}" y="{y}" width="100" height="54" fill="#1967d2" '
                f'fill-opacity="{0.06 + 0.94 * share:.2f}"/>'
                f'<text x="{x + 50}" y="{y + 33}" fill="{ink}" text-anchor="middle">{count}</text>'
            )
    svg = "".join([*parts, "</svg>"])
    with open(picture, "w") as target:
        target.write(svg)
    with open(mlpipeline_ui_metadata, "w") as target:
        json.dump({"outputs": [{"type": "web-app", "storage": "inline", "source": svg}]}, target)


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
