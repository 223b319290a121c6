"""The small tables on which the capstone is tried: those of `check`, and made-up ones.

They have other columns, names and numbers than the penguins'.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from workbook.exercises.dice import Dice

COLUMNS = "species bill_length_mm bill_depth_mm flipper_length_mm body_mass_g".split()
PARTS = ("train", "validate", "test")
MOST_TRIES, PRIME = 400, 13  # to find rows; their number

# ---- load ----------------------------------------------------------------------------------------

# the columns in another order, a comma in quotes, an NA in each column that matters, two that don't
RAW = """island,species,body_mass_g,sex,flipper_length_mm,bill_depth_mm,bill_length_mm,year
"Dream, north",Adelie,3800,NA,190,18.1,39.2,2008
Biscoe,Gentoo,5200,male,NA,15.3,47.1,2008
Biscoe,NA,5100,male,222,15.1,48.2,2008
Biscoe,Gentoo,NA,male,221,15.2,46.2,2008
Biscoe,Gentoo,5150,male,220,NA,47.9,2008
Biscoe,Gentoo,5050,male,219,14.9,NA,2008
Biscoe,Gentoo,4900,female,216,14.6,46.3,NA
Dream,Chinstrap,3700,female,196,18.8,49.5,2009
"""
LOADED = [
    ["Adelie", "39.2", "18.1", "190", "3800"],
    ["Gentoo", "46.3", "14.6", "216", "4900"],
    ["Chinstrap", "49.5", "18.8", "196", "3700"],
]
LOADS = (({"raw": RAW}, LOADED),)


def raw(dice: Dice) -> dict[str, Any]:
    """Birds as they are found: columns in any order, places with commas, NA here and there."""
    columns = dice.shuffled([*COLUMNS, "island", "sex", "year"])
    lines = [",".join(columns)]
    without = dict(zip(dice.shuffled(range(1, 8)), COLUMNS, strict=False))
    for bird in range(dice.between(8, 10)):
        row = {
            "species": dice.word(),
            "bill_length_mm": f"{dice.between(300, 600) / 10}",
            "bill_depth_mm": f"{dice.between(130, 220) / 10}",
            "flipper_length_mm": str(dice.between(170, 240)),
            "body_mass_g": str(dice.between(2700, 6300)),
            "island": f'"{dice.word()}, {dice.word()}"',
            "sex": dice.one_of(("male", "female")),
            "year": str(dice.between(2007, 2009)),
        }
        if bird in without:  # each column once: the row goes
            row[without[bird]] = "NA"
        elif bird == 0:  # nothing that is asked for: it stays
            row |= {"sex": "NA", "year": "NA", "island": "NA"}
        elif dice.below(3) == 0:
            row[dice.one_of(("sex", "year"))] = "NA"
        lines.append(",".join(row[name] for name in columns))
    return {"raw": "\n".join(lines) + "\n"}


# ---- split ---------------------------------------------------------------------------------------

SPLITS = tuple(
    (
        {
            "table": "species,wing_mm,mass_g\n"
            + "".join(f"{'ABA'[row % 3]},{100 + row},{3000 + 7 * row}\n" for row in range(rows)),
            "seed": 7,
        },
        None,
    )
    for rows in (30, 60)
)


def to_split(dice: Dice) -> dict[str, Any]:
    """Each of three species has a number of rows that can be cut in fifths; two rows are equal, and
    the column species stands anywhere."""
    columns = dice.shuffled(["species", dice.word(), dice.word()])
    lines = []
    for count in dice.shuffled((5, 10, 15)):
        name = dice.word()
        for number in range(count - 1):
            cells = (name, str(dice.between(90, 250)), str(number))
            lines.append(_line(columns, cells))
        lines.append(lines[-1])
    return {
        "table": "\n".join([",".join(columns), *dice.shuffled(lines)]) + "\n",
        "seed": dice.between(1, 1000),
    }


def _line(columns: Sequence[str], cells: Sequence[str]) -> str:
    """A line of a table; the first of the cells is that of the column species."""
    species, *others = cells
    left = iter(others)
    return ",".join(species if name == "species" else next(left) for name in columns)


# ---- train ---------------------------------------------------------------------------------------

TO_LEARN = """species,wing_mm,mass_g
A,100,3000
B,120,5000
A,104,3400
B,126,4800
A,99,3800
"""
CENTERS = {"A": {"wing_mm": 101.0, "mass_g": 3400.0}, "B": {"wing_mm": 123.0, "mass_g": 4900.0}}
LEARNED = (
    (
        {"table": TO_LEARN},
        {
            "raw": {"centers": CENTERS, "spread": {"wing_mm": 1.0, "mass_g": 1.0}},
            "scaled": {"centers": CENTERS, "spread": {"wing_mm": 11.0707, "mass_g": 779.7435}},
        },
    ),
)


def to_learn(dice: Dice) -> dict[str, Any]:
    """The column species stands anywhere among the others."""
    columns = dice.shuffled(["species", dice.word(), dice.word(), dice.word()])
    species = [dice.word() for _ in range(3)]
    lines = [",".join(columns)]
    for number in range(dice.between(8, 11)):
        numbers = (dice.between(90, 250), dice.between(2000, 6000), dice.between(1, 99) / 10)
        row = dict(zip([name for name in columns if name != "species"], numbers, strict=True))
        lines.append(",".join(str(row.get(name, species[number % 3])) for name in columns))
    return {"table": "\n".join(lines) + "\n"}


# ---- evaluate ------------------------------------------------------------------------------------

MODEL = {
    "spread": {"wing_mm": 10.0, "mass_g": 1000.0},
    "centers": {"A": {"wing_mm": 100, "mass_g": 4000}, "B": {"wing_mm": 130, "mass_g": 4200}},
}
# what a model without spreads would take for the other species is in rows 1 and 3
TO_JUDGE = """species,wing_mm,mass_g
A,101,4300
B,128,4150
B,131,3900
A,125,4100
B,133,4300
A,97,3800
"""
PREDICTED = [["A", "A"], ["B", "B"], ["B", "B"], ["A", "B"], ["B", "B"], ["A", "A"]]
OTHER_DISTANCES: tuple[Callable[[Sequence[float], Sequence[float]], float], ...] = (
    lambda differences, spread: sum(abs(d / s) for d, s in zip(differences, spread, strict=True)),
    lambda differences, spread: max(abs(d / s) for d, s in zip(differences, spread, strict=True)),
    lambda differences, spread: min(abs(d / s) for d, s in zip(differences, spread, strict=True)),
    lambda differences, spread: abs(sum(d / s for d, s in zip(differences, spread, strict=True))),
    lambda differences, spread: sum(d / s for d, s in zip(differences, spread, strict=True)),
    lambda differences, spread: sum(
        abs(d) ** 2 / s for d, s in zip(differences, spread, strict=True)
    ),
    lambda differences, spread: sum((d * s) ** 2 for d, s in zip(differences, spread, strict=True)),
    lambda differences, spread: sum(d**2 for d in differences),
    lambda differences, spread: int(_distance(differences, spread)),
    lambda differences, spread: abs(differences[0]),
    lambda differences, spread: abs(differences[-1]),
)


def _distance(differences: Sequence[float], spread: Sequence[float]) -> float:
    return sum((d / s) ** 2 for d, s in zip(differences, spread, strict=True))


def to_evaluate(dice: Dice) -> dict[str, Any]:
    """A model and a table of its columns, in another order, of which one counts in tens, one in
    thousands, one in tenths. Each other distance would take two of the rows for another species."""
    names = [dice.word() for _ in range(3)]
    spread = [float(dice.between(5, 15)), float(dice.between(700, 1300)), dice.between(3, 9) / 10]
    centers = {
        dice.word(): [dice.between(80, 140), dice.between(3000, 6000), dice.between(20, 60) / 10]
        for _ in range(3)
    }

    def nearest(row: Sequence[float], distance: Callable[..., float]) -> str:
        def far(species: str) -> float:
            center = centers[species]
            return distance([v - c for v, c in zip(row, center, strict=True)], spread)

        return min(centers, key=far)

    def between_two() -> tuple[int, int, float]:
        """Nearly as far from one center as from another."""
        one, other = dice.shuffled(list(centers.values()))[:2]
        middle = [(a + b) / 2 for a, b in zip(one, other, strict=True)]
        mass = round(middle[1]) + dice.between(-99, 99)
        return round(middle[0]) + dice.between(-1, 1), mass, round(middle[2], 1)

    missing = [2] * len(OTHER_DISTANCES)
    rows: list[tuple[int, int, float]] = []
    for number in range(MOST_TRIES):
        row = (dice.between(70, 150), dice.between(2500, 6500), dice.between(10, 70) / 10)
        row = between_two() if number % 2 else row
        species = nearest(row, _distance)
        shows = [n for n, other in enumerate(OTHER_DISTANCES) if nearest(row, other) != species]
        if any(missing[n] for n in shows):
            rows.append(row)
            for n in shows:
                missing[n] = max(0, missing[n] - 1)
        if not any(missing):
            break
    while len(rows) % PRIME or not rows:  # the share of some, but not of all, has many digits
        rows.append((dice.between(70, 150), dice.between(2500, 6500), dice.between(10, 70) / 10))
    order = dice.shuffled(range(4))
    lines = [",".join(["species", *names][place] for place in order)]
    for number, row in enumerate(dice.shuffled(rows)):
        true = nearest(row, _distance) if number % 2 else dice.one_of(list(centers))
        lines.append(",".join(str([true, *row][place]) for place in order))
    model = {
        "spread": dict(zip(names, spread, strict=True)),
        "centers": {each: dict(zip(names, c, strict=True)) for each, c in centers.items()},
    }
    return {"model": json.dumps(model), "table": "\n".join(lines) + "\n"}


EVALUATED = (
    (
        {"model": json.dumps(MODEL), "table": TO_JUDGE},
        {"predicted": PREDICTED, "accuracy": 0.833},
    ),
)


# ---- choose --------------------------------------------------------------------------------------

CHOICES = (
    ({"settings": ["raw", "scaled"], "accuracies": '["0.632","0.985"]'}, "scaled"),
    ({"settings": ["one", "two", "three"], "accuracies": '["0.7","1.0","0.95"]'}, "two"),
    ({"settings": ["left", "right"], "accuracies": '["0.9","0.9"]'}, "left"),
    ({"settings": ["a", "z", "m"], "accuracies": '["0.5","0.901","0.901"]'}, "z"),
    ({"settings": ["poor", "good"], "accuracies": '["0.5","0.75"]'}, "good"),
    ({"settings": ["near", "far"], "accuracies": '["0.912","0.914"]'}, "far"),
)


def to_choose(dice: Dice) -> dict[str, Any]:
    """Accuracies that differ in their last digit, and two that are the highest."""
    highest = dice.between(111, 989)
    numbers = [highest - dice.between(1, 9) for _ in range(dice.between(2, 4))]
    numbers = dice.shuffled([highest, highest, *numbers])
    settings = sorted((dice.word() for _ in numbers), reverse=True)  # the first is the last by name
    accuracies = [str(number / 1000) for number in numbers]
    return {"settings": settings, "accuracies": json.dumps(accuracies, separators=(",", ":"))}


# ---- report --------------------------------------------------------------------------------------

# no Jay is a true species here, and no Tit is predicted
TO_REPORT = """species,predicted
Owl,Owl
Owl,Wren
Wren,Wren
Wren,Jay
Wren,Wren
Owl,Owl
Tit,Wren
"""
COUNTS = {
    "Jay": ["0", "0", "0", "0"],
    "Owl": ["0", "2", "0", "1"],
    "Tit": ["0", "0", "0", "1"],
    "Wren": ["1", "0", "0", "2"],
}
REPORTS = (({"predictions": TO_REPORT, "accuracy": 0.667}, COUNTS),)


def to_report(dice: Dice) -> dict[str, Any]:
    """One species is never predicted, one never true."""
    never_predicted, never_true, *others = (dice.word() for _ in range(5))
    pairs = [
        (dice.one_of([never_predicted, *others]), dice.one_of([never_true, *others]))
        for _ in range(dice.between(10, 15))
    ]
    pairs += [(never_predicted, others[0]), (others[1], never_true)]
    lines = [",".join(pair) for pair in dice.shuffled(pairs)]
    accuracy = (10 * dice.between(10, 98) + dice.between(1, 9)) / 1000
    return {"predictions": "\n".join(["species,predicted", *lines]) + "\n", "accuracy": accuracy}


# ---- the pipeline --------------------------------------------------------------------------------


def table_of_birds(
    draw: int, only_mass: bool, kinds: Sequence[int] = (0, 1), apart: float = 1
) -> str:
    """A table of 60 made-up birds of two species, which come in turns, as `kinds` says. They differ
    in bill and flipper, which "scaled" sees; or, with `only_mass`, in the mass alone, of which
    "raw" sees nothing else. How much they differ, `apart` says."""
    random_birds = random.Random(draw)
    lines = [",".join(COLUMNS)]
    for bird in range(60):
        species = kinds[bird % len(kinds)]
        bill, flipper, mass = (0, 0, 900) if only_mass else (6, 12, 100)
        values = (
            40 + apart * bill * species + random_birds.uniform(-4, 4),
            17 + random_birds.uniform(-2, 2),
            190 + apart * flipper * species + random_birds.uniform(-9, 9),
            4000 + apart * mass * species + random_birds.uniform(-700, 700),
        )
        lines.append(",".join([("Auk", "Puffin")[species], *(f"{v:.1f}" for v in values)]))
    return "\n".join(lines) + "\n"


# The setting that wins on the validation table, and its accuracy on the test table: equal to the
# threshold it is good enough. The draws and seeds were searched for: whoever trains or evaluates on
# another table gets another winner or another accuracy in one of the cases, whoever writes 0.9 for
# the threshold decides wrongly, and so does, in the last, whoever looks at the validation table.
PIPELINES = (
    (
        {
            "table": table_of_birds(0, only_mass=False),
            "seed": 1,
            "threshold": 0.75,
            "settings": ["raw", "scaled", "raw"],
        },
        {"best": "scaled", "accuracy": 0.75},
    ),
    (
        {
            "table": table_of_birds(3, only_mass=True),
            "seed": 5,
            "threshold": 0.918,
            "settings": ["scaled", "raw"],
        },
        {"best": "raw", "accuracy": 0.917},
    ),
    (
        {
            "table": table_of_birds(19, only_mass=True),
            "seed": 2,
            "threshold": 0.918,
            "settings": ["scaled", "raw"],
        },
        {"best": "raw", "accuracy": 0.917},
    ),
)


# ---- reading them --------------------------------------------------------------------------------


def read_table(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV that a component wrote."""
    reader = csv.DictReader(text.splitlines())
    rows = [{str(name): str(value) for name, value in row.items()} for row in reader]
    return list(reader.fieldnames or ()), rows
