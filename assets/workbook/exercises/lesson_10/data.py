"""The judges of load and split.

What `see_...` observes of the solution is what the cases of the judge have second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.components import (
    component_outputs,
    judge_interface,
    judge_outputs,
    run_component,
)
from workbook.exercises.lesson_10.tables import COLUMNS, PARTS, read_table
from workbook.exercises.model import Case, Finding, not_yet, right
from workbook.language import _


def judge_load(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(answer, {"raw": "CSV"}, {"table": "CSV"})
    return wrong or judge_outputs(answer, cases, _judge_loaded)


def see_load(answer: dict[str, Any], arguments: Mapping[str, Any]) -> list[list[str]]:
    _header, rows = read_table(component_outputs(answer, arguments)["table"])
    return [[row[name] for name in COLUMNS] for row in rows]


def _judge_loaded(
    outputs: Mapping[str, str], arguments: object, wanted: list[list[str]]
) -> Finding | None:
    header, rows = read_table(outputs["table"])
    if sorted(header) != sorted(COLUMNS):
        return not_yet(
            _("your table has the columns {given}; asked for are {wanted}.").format(
                given=", ".join(header) or _("none"), wanted=", ".join(COLUMNS)
            )
        )
    if any("NA" in row.values() for row in rows):
        return not_yet(_("in your table a measurement is still NA; leave that row out."))
    found = [[row[name] for name in COLUMNS] for row in rows]
    missing = [row for row in wanted if row not in found]
    if missing and len(missing) == len(wanted) and found:
        return not_yet(
            _(
                "your row {row} has values in the wrong columns: the check's file has its columns"
                " in another order and a comma inside quotes. csv.DictReader knows both."
            ).format(row=", ".join(found[0]))
        )
    if missing:
        return not_yet(
            _(
                "the row {row} is missing: only its sex or year is NA, and those are not in the"
                " table that you write."
            ).format(row=", ".join(missing[0]))
        )
    if found != wanted:
        return not_yet(
            _("your table has {given} rows; asked for are {wanted}, in the file's order.").format(
                given=len(found), wanted=len(wanted)
            )
        )
    return None


def judge_split(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(
        answer, {"table": "CSV", "seed": "Integer"}, dict.fromkeys(PARTS, "CSV")
    )
    if wrong:
        return wrong
    for arguments, _wanted in cases:
        table, seed = arguments["table"], arguments["seed"]
        results = []
        for each in (seed, seed, seed + 1):
            outputs = run_component(answer, {"table": table, "seed": each})
            if isinstance(outputs, Finding):
                return outputs
            results.append({name: outputs[name].splitlines() for name in PARTS})
        if finding := _judge_parts(table.splitlines(), seed, *results):
            return finding
    return right()


def see_split(answer: object, arguments: object) -> None:
    """Nothing: which rows go where is free, and judged by itself."""


def _judge_parts(
    table: Sequence[str],
    seed: int,
    first: Mapping[str, list[str]],
    again: Mapping[str, list[str]],
    other: Mapping[str, list[str]],
) -> Finding | None:
    header, *lines = table
    for name in PARTS:
        if first[name][:1] != [header]:
            return not_yet(
                _("the table {name} begins with {line}; asked for is the header.").format(
                    name=name, line=repr("".join(first[name][:1]))
                )
            )
    rows = {name: first[name][1:] for name in PARTS}
    together = [row for name in PARTS for row in rows[name]]
    if sorted(together) != sorted(lines):
        return not_yet(
            _(
                "the three tables together have {given} rows, {distinct} of them distinct; the"
                " check's table has {wanted}. Each row belongs into one of the three."
            ).format(given=len(together), distinct=len(set(together)), wanted=len(lines))
        )
    for species, count in Counter(_species(header, lines)).items():
        sizes = [_species(header, rows[name]).count(species) for name in PARTS]
        wanted = [count * 6 // 10, count * 2 // 10, count * 2 // 10]
        if sizes != wanted:
            return not_yet(
                _(
                    "of the {count} rows of {species} you put {sizes} into {names}; asked for are"
                    " {wanted}."
                ).format(
                    count=count,
                    species=species,
                    sizes=", ".join(map(str, sizes)),
                    names=", ".join(PARTS),
                    wanted=", ".join(map(str, wanted)),
                )
            )
    if _by_species(header, together) == _by_species(header, lines):
        return not_yet(
            _("the rows of each species are still in the file's order; shuffle them first.")
        )
    if first != again:
        return not_yet(
            _(
                "two runs with seed {seed} gave different tables: the shuffling must be that of"
                " random.Random(seed)."
            ).format(seed=seed)
        )
    if first == other:
        return not_yet(
            _("seed {seed} and seed {next} gave the same tables: use the argument seed.").format(
                seed=seed, next=seed + 1
            )
        )
    return None


def _species(header: str, lines: Sequence[str]) -> list[str]:
    """The species of each line of a table."""
    place = header.split(",").index("species")
    return [line.split(",")[place] for line in lines]


def _by_species(header: str, lines: Sequence[str]) -> dict[str, list[str]]:
    """The lines of each species, in their order."""
    found: dict[str, list[str]] = {}
    for species, line in zip(_species(header, lines), lines, strict=True):
        found.setdefault(species, []).append(line)
    return found
