"""What the capstone's pipeline should come to: its steps, called one after the other, in no Pod."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbook.exercises.lesson_10.tables import PARTS
from workbook.kernel import penguins

Table = tuple[tuple[str, ...], ...]  # header and rows, however they are written


@dataclass(frozen=True)
class Expected:
    """`parts`: the three tables. `models` and `accuracies`: of each setting, trained on the table
    train and evaluated on validate. `best`: the setting that is chosen; `predictions` and
    `accuracy`: of its model, on the table test."""

    table: Table
    parts: Mapping[str, Table]
    models: Mapping[str, Any]
    accuracies: Mapping[str, float]
    best: str
    predictions: Table
    accuracy: float


def expected(text: str, seed: int, settings: Sequence[str]) -> Expected:
    """The steps as `workbook.penguins` has them, on a table as it came."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        raw, table, model, predictions = (
            str(folder / each) for each in ("raw", "table", "model", "predictions")
        )
        parts = {part: str(folder / part) for part in PARTS}
        Path(raw).write_text(text)
        penguins.load(raw, table)
        penguins.split(table, seed, *parts.values())

        def evaluated(setting: str, part: str) -> float:
            penguins.train(setting, parts["train"], model)
            return penguins.evaluate(model, parts[part], predictions)

        accuracies, models = {}, {}
        for setting in settings:
            accuracies[setting] = evaluated(setting, "validate")
            models[setting] = json.loads(Path(model).read_text())
        found = json.dumps([accuracies[setting] for setting in settings])
        best = penguins.choose(list(settings), found)
        return Expected(
            table=table_of(Path(table).read_text()),
            parts={part: table_of(Path(path).read_text()) for part, path in parts.items()},
            models=models,
            accuracies=accuracies,
            best=best,
            accuracy=evaluated(best, "test"),
            predictions=table_of(Path(predictions).read_text()),
        )


def table_of(text: str) -> Table:
    """What a CSV says; empty for JSON, and for a text without a second row and column."""
    if text.lstrip().startswith(("{", "[")):
        return ()
    rows = tuple(tuple(row) for row in csv.reader(text.splitlines()) if row)
    return rows if len(rows) > 1 and len(rows[0]) > 1 else ()
