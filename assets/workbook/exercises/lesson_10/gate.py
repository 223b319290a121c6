"""The judge of gate, and the tables that it must let through and refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.dice import Dice
from workbook.exercises.judges.components import judge_interface, run_component
from workbook.exercises.lesson_10.expected import table_of
from workbook.exercises.model import Case, Finding, not_yet, right
from workbook.language import _

TENTH = 0.1  # as far outside of a range as these tables go


def to_pass(dice: Dice) -> dict[str, Any]:
    """`ranges`: what the columns of numbers may be. `good`: a table with values at both ends of
    each, with an NA, and with two rows that differ only in a column without a range. `broken`: what
    is wrong -> the table with that in it."""
    names = [dice.word(), dice.word()]
    low = [dice.between(20, 90) + 0.5, float(dice.between(2000, 4000))]
    high = [low[0] + dice.between(10, 30), low[1] + dice.between(500, 2000)]
    columns = dice.shuffled(["species", *names, "year"])
    species = [dice.word(), dice.word()]

    def row(first: Any, second: Any, year: int) -> dict[str, str]:
        cells = (dice.one_of(species), first, second, year)
        return {
            name: str(cell) for name, cell in zip(("species", *names, "year"), cells, strict=True)
        }

    def inside(place: int) -> float:
        return low[place] + dice.between(1, 9)

    rows = [row(inside(0), inside(1), 2007) for _ in range(dice.between(3, 5))]
    rows += [row(low[0], high[1], 2008), row(high[0], low[1], 2009), row("NA", inside(1), 2008)]
    rows.append({**rows[0], "year": "2010"})
    rows = dice.shuffled(rows)

    def text(rows: Sequence[Mapping[str, str]], left_out: str = "") -> str:
        kept = [name for name in columns if name != left_out]
        return "\n".join(
            ",".join([*line]) for line in [kept, *([r[n] for n in kept] for r in rows)]
        )

    def with_value(name: str, value: object) -> str:
        place = dice.below(len(rows))
        return text([{**r, name: str(value)} if n == place else r for n, r in enumerate(rows)])

    one, other = dice.shuffled((0, 1))
    return {
        "ranges": {name: [low[n], high[n]] for n, name in enumerate(names)},
        "good": text(rows) + "\n",
        "broken": {
            _("no column {name}").format(name=names[one]): text(rows, names[one]),
            _("no column {name}").format(name="species"): text(rows, "species"),
            _("{name} below its range").format(name=names[one]): with_value(
                names[one], low[one] - TENTH
            ),
            _("{name} above its range").format(name=names[other]): with_value(
                names[other], high[other] + TENTH
            ),
            _("{name} that is no number").format(name=names[other]): with_value(
                names[other], "heavy"
            ),
            _("a row that is there twice"): text([*rows, dice.one_of(rows)]),
        },
    }


GATES: tuple[Case, ...] = ((to_pass(Dice("10-8")), None),)


def judge_gate(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(answer, {"raw": "CSV", "ranges": "JsonObject"}, {"checked": "CSV"})
    if wrong:
        return wrong
    for arguments, _wanted in cases:
        if finding := _judge_tables(answer, arguments):
            return finding
    return right()


def see_gate(answer: object, arguments: object) -> None:
    """Nothing: what a gate must refuse is among the arguments."""


def _judge_tables(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> Finding | None:
    ranges, good = arguments["ranges"], arguments["good"]
    outputs = run_component(answer, {"raw": good, "ranges": ranges})
    if isinstance(outputs, Finding):
        return not_yet(
            _("a good table doesn't pass: {why} Its ranges are {ranges}.").format(
                why=outputs.text, ranges=ranges
            )
        )
    if table_of(outputs["checked"]) != table_of(good):
        return not_yet(
            _("checked is {given:.80}; asked for is the table as it came.").format(
                given=repr(outputs["checked"])
            )
        )
    for what, table in arguments["broken"].items():
        if not isinstance(run_component(answer, {"raw": table, "ranges": ranges}), Finding):
            return not_yet(
                _("a broken table passes: {what}. The ranges are {ranges}.").format(
                    what=what, ranges=ranges
                )
            )
    return None
