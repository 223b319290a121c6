"""On what the pipeline that releases a model is tried: tables of birds, whole and broken, and
models that are deployed already."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbook.exercises.dice import Dice
from workbook.exercises.lesson_10.expected import Expected, Table, expected
from workbook.exercises.lesson_10.tables import COLUMNS, table_of_birds
from workbook.exercises.model import Case
from workbook.kernel import penguins

# what decides: all is well, one of the three bars is just missed, or the table is broken
KINDS = ("registered", "threshold", "baseline", "deployed", "in kilograms", "a row twice")
ONE_SETTING = ("threshold", "baseline", "deployed")  # of which the loop would say nothing new
THREE_TO_TWO = (0, 1, 1, 0, 1)  # the commonest species is not half of the birds
MOST_TRIES, MODELS = 300, 25
# of a deployed model, in the order of the columns
SPECIES, SPREAD = ("Auk", "Puffin"), (4, 1, 9, 600)
ENDS = ((36, 50), (15, 19), (185, 210), (3500, 5200))


def release(dice: Dice) -> dict[str, Any]:
    """With what the pipeline is run; KINDS has what may decide."""
    return release_of_kind(dice, dice.one_of(KINDS))


def release_of_kind(dice: Dice, kind: str) -> dict[str, Any]:
    """Raises RuntimeError when no table and model are found by which `kind` decides."""
    settings = dice.shuffled(["raw", "scaled"])
    if kind in ONE_SETTING:
        settings = settings[:1]
    for _ in range(MOST_TRIES):
        draw, only_mass, seed = dice.below(10**6), bool(dice.below(2)), dice.between(1, 1000)
        found = expected(_birds(kind, draw, only_mass), seed, settings)
        if len(set(found.accuracies.values())) < len(settings):
            continue
        for _ in range(MODELS):
            centers = [[dice.between(*ends) for ends in ENDS] for _ in SPECIES]
            if _decides(kind, found, _model(centers)):
                threshold = round(found.accuracy + (0.001 if kind == "threshold" else 0), 3)
                return _arguments(kind, draw, only_mass, seed, threshold, settings, centers)
    raise RuntimeError(f"no table and model by which {kind} decides")


def _arguments(
    kind: str,
    draw: int,
    only_mass: bool,
    seed: int,
    threshold: float,
    settings: list[str],
    centers: Sequence[Sequence[int]],
) -> dict[str, Any]:
    """`draw` and `only_mass` make the birds, `centers` the deployed model."""
    table = _birds(kind, draw, only_mass)
    return {
        "table": BROKEN[kind](table) if kind in BROKEN else table,
        "seed": seed,
        "threshold": threshold,
        "settings": settings,
        "deployed": _model(centers),
    }


def _birds(kind: str, draw: int, only_mass: bool) -> str:
    """With a column that load leaves out: what it gives is told from what it gets."""
    apart = 0.3 if kind == "baseline" else 1.2
    head, *lines = table_of_birds(draw, only_mass, THREE_TO_TWO, apart).splitlines()
    return "\n".join([f"island,{head}", *(f"Rost,{line}" for line in lines)]) + "\n"


def _decides(kind: str, found: Expected, deployed: str) -> bool:
    """Whether this alone decides, and would decide otherwise on the validation table."""
    baseline, old = accuracy_to_beat(found, deployed)
    old_validated = accuracy_of(deployed, found.parts["validate"])
    new, new_validated = found.accuracy, found.accuracies[found.best]
    if kind == "baseline":
        return new == baseline and new > old
    if kind == "deployed":
        return new == old > old_validated and new > baseline
    if not new > max(baseline, old):
        return False
    if kind in BROKEN:
        return True
    return new_validated > new if kind == "threshold" else new_validated < new


def _model(centers: Sequence[Sequence[int]]) -> str:
    """A model that somebody might have deployed."""
    columns = COLUMNS[1:]
    model = {
        "spread": dict(zip(columns, SPREAD, strict=True)),
        "centers": {
            name: dict(zip(columns, center, strict=True))
            for name, center in zip(SPECIES, centers, strict=True)
        },
    }
    return json.dumps(model)


def accuracy_to_beat(found: Expected, deployed: str) -> tuple[float, float]:
    """The accuracies of the baseline and of the deployed model, on the table test."""
    with TemporaryDirectory() as name:
        train, model = Path(name, "train"), Path(name, "model")
        train.write_text(_text(found.parts["train"]))
        penguins.baseline(str(train), str(model))
        baseline = accuracy_of(model.read_text(), found.parts["test"])
    return baseline, accuracy_of(deployed, found.parts["test"])


def accuracy_of(model: str, table: Table) -> float:
    with TemporaryDirectory() as name:
        files = [str(Path(name, each)) for each in ("model", "table", "predictions")]
        Path(files[0]).write_text(model)
        Path(files[1]).write_text(_text(table))
        return float(penguins.evaluate(*files))


def what_is_broken(text: str) -> str:
    """What the gate says of a table; nothing for one that it lets through."""
    with TemporaryDirectory() as name:
        raw = Path(name, "raw")
        raw.write_text(text)
        try:
            penguins.gate(str(raw), penguins.RANGES, str(Path(name, "checked")))
        except ValueError as error:
            return str(error)
    return ""


def _text(table: Table) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(table)
    return file.getvalue()


def _in_kilograms(text: str) -> str:
    """The last bird's mass, the last column, in kilograms."""
    *lines, last = text.splitlines()
    cells, _, mass = last.rpartition(",")
    return "\n".join([*lines, f"{cells},{float(mass) / 1000:.2f}"]) + "\n"


def _a_row_twice(text: str) -> str:
    return text + text.splitlines()[1] + "\n"


BROKEN = {"in kilograms": _in_kilograms, "a row twice": _a_row_twice}


RELEASES: tuple[Case, ...] = tuple(
    (_arguments(*facts), None)
    for facts in (
        (
            "registered",
            711680,
            True,
            486,
            0.923,
            ["scaled", "raw"],
            [[40, 18, 193, 4650], [36, 18, 206, 4613]],
        ),
        (
            "threshold",
            936752,
            True,
            223,
            0.693,
            ["raw"],
            [[43, 16, 205, 5037], [40, 19, 197, 3506]],
        ),
        (
            "baseline",
            622085,
            False,
            950,
            0.615,
            ["raw"],
            [[45, 16, 191, 4998], [43, 18, 191, 4828]],
        ),
        (
            "deployed",
            421635,
            False,
            95,
            0.923,
            ["scaled"],
            [[38, 17, 197, 4309], [48, 18, 209, 4981]],
        ),
        (
            "a row twice",
            197660,
            False,
            625,
            0.923,
            ["scaled", "raw"],
            [[48, 16, 199, 3838], [46, 17, 198, 4140]],
        ),
    )
)
