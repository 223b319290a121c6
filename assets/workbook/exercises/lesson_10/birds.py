"""Made-up birds, on which the capstone's pipeline is tried."""

from __future__ import annotations

import random
from typing import Any

from workbook.exercises.dice import Dice
from workbook.exercises.lesson_10.expected import expected
from workbook.exercises.lesson_10.tables import COLUMNS
from workbook.exercises.model import Case

MOST_TRIES = 200


def table_of_birds(draw: int, only_mass: bool) -> str:
    """A table of 60 made-up birds of two species. They differ in bill and flipper, which "scaled"
    sees; or, with `only_mass`, in the mass alone, of which "raw" sees nothing else."""
    random_birds = random.Random(draw)
    lines = [",".join(COLUMNS)]
    for bird in range(60):
        species = bird % 2
        bill, flipper, mass = (0, 0, 900) if only_mass else (6, 12, 100)
        values = (
            40 + bill * species + random_birds.uniform(-4, 4),
            17 + random_birds.uniform(-2, 2),
            190 + flipper * species + random_birds.uniform(-9, 9),
            4000 + mass * species + random_birds.uniform(-700, 700),
        )
        lines.append(",".join([("Auk", "Puffin")[species], *(f"{v:.1f}" for v in values)]))
    return "\n".join(lines) + "\n"


# The setting that wins on the validation table, and its accuracy on the test table: equal to the
# threshold it is good enough, and the one on the validation table would decide otherwise.
PIPELINES: tuple[Case, ...] = (
    (
        {
            "table": table_of_birds(27, only_mass=False),
            "seed": 2,
            "threshold": 0.833,
            "settings": ["raw", "scaled", "raw"],
        },
        {"best": "scaled", "accuracy": 0.833},
    ),
    (
        {
            "table": table_of_birds(12, only_mass=True),
            "seed": 3,
            "threshold": 0.918,
            "settings": ["scaled", "raw"],
        },
        {"best": "raw", "accuracy": 0.917},
    ),
)


def birds(dice: Dice) -> dict[str, Any]:
    """A table of birds, and with what the pipeline is run on it: a threshold that is just reached
    or just missed, about which the accuracy on the validation table says the opposite."""
    only_mass, settings = bool(dice.below(2)), dice.shuffled(["raw", "scaled"])
    for _ in range(MOST_TRIES):
        table, seed = table_of_birds(dice.below(10**6), only_mass=only_mass), dice.between(1, 1000)
        found = expected(table, seed, settings)
        validated = found.accuracies[found.best]
        if len(set(found.accuracies.values())) == len(settings) and validated != found.accuracy:
            break
    missed = validated > found.accuracy
    threshold = round(found.accuracy + 0.001, 3) if missed else found.accuracy
    return {"table": table, "seed": seed, "threshold": threshold, "settings": settings}
