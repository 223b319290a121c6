"""The judge of report.

What `see_...` observes of the solution is what the cases of the judge have second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from workbook.exercises.judges.components import component_outputs, judge_interface, judge_outputs
from workbook.exercises.lesson_10.tables import read_table
from workbook.exercises.model import Case, Finding, NotObserved, not_yet
from workbook.language import _

METADATA = "mlpipeline-ui-metadata"
NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(%?)(?![\w.]*\d)")
RULE = re.compile(r"(?=.*\|)\|?(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?")
NOTHING = ("", "-", ".", "\u2013")  # ways to write 0 in a table


def judge_report(answer: dict[str, Any], cases: Sequence[Case]) -> Finding:
    wrong = judge_interface(
        answer,
        {"predictions": "CSV", "accuracy": "Float"},
        {"mlpipeline_ui_metadata": "UI_metadata"},
    )
    return wrong or judge_outputs(answer, cases, _judge_report)


def see_report(answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, list[str]]:
    text = _markdown(component_outputs(answer, arguments)[METADATA])
    _header, rows = read_table(arguments["predictions"])
    species = sorted({name for row in rows for name in row.values()})
    if isinstance(text, Finding) or isinstance(found := _confusions(text, species), Finding):
        raise NotObserved("it writes no table")
    return {true: list(counts) for true, counts in found[0].counts.items()}


def _markdown(metadata: str) -> str | Finding:
    """The text of the entry for the dashboard."""
    try:
        entries = json.loads(metadata)["outputs"]
        markdown = next(entry for entry in entries if entry.get("type") == "markdown")
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        return not_yet(
            _(
                'the file is {given:.80}; asked for is JSON: {{"outputs": [...]}} with an entry'
                ' of the type "markdown".'
            ).format(given=repr(metadata))
        )
    if markdown.get("storage") != "inline":
        return not_yet(
            _(
                'the entry has the storage {given}; with "inline" the dashboard takes source for'
                " the text itself, otherwise for an address."
            ).format(given=repr(markdown.get("storage")))
        )
    return str(markdown.get("source", ""))


def _judge_report(
    outputs: Mapping[str, str], arguments: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]
) -> Finding | None:
    text, accuracy = _markdown(outputs[METADATA]), float(arguments["accuracy"])
    if isinstance(text, Finding):
        return text
    if not says_number(text, accuracy):
        return not_yet(
            _("the accuracy, {accuracy} in the check, is not in your text.").format(
                accuracy=accuracy
            )
        )
    found = _confusions(text, list(wanted))
    if isinstance(found, Finding):
        return found
    counted = [confusion for confusion in found if confusion.counts == wanted]
    if any(confusion.in_order for confusion in counted):
        return None
    if counted:
        return not_yet(_("the numbers are right; put rows and columns in alphabetical order."))
    counts = found[0].counts
    true = next(name for name in wanted if counts[name] != wanted[name])
    return not_yet(
        _(
            "in the row of the true {true} you count {given} for {species}; asked for is"
            " {wanted}: rows are the true species, columns the predicted ones."
        ).format(
            true=true,
            given=", ".join(cell or "-" for cell in counts[true]),
            species=", ".join(wanted),
            wanted=", ".join(wanted[true]),
        )
    )


def says_number(text: str, wanted: float) -> bool:
    """Whether a number stands in a text outside of its tables, as it is or in percent."""
    lines = [line for line in text.splitlines() if line.count("|") < 2]
    found = NUMBER.findall("\n".join(lines))
    return any(
        abs(float(digits) / (100 if percent else 1) - wanted) < 5e-7 for digits, percent in found
    )


@dataclass(frozen=True)
class Confusion:
    """`counts`: true species -> how often each species was predicted, as text, in the order of all
    species. `in_order`: whether rows and columns are in alphabetical order."""

    counts: Mapping[str, Sequence[str]]
    in_order: bool


def _confusions(text: str, species: Sequence[str]) -> list[Confusion] | Finding:
    """The tables in a text with species down and across."""
    lines = [line.strip() for line in text.splitlines()]
    if not any(map(RULE.fullmatch, lines)):
        return not_yet(_("a Markdown table needs a line |---|---| below its head."))
    found = [_confusion(head, rows, species) for head, rows in _tables(lines)]
    return [each for each in found if each] or not_yet(
        _("no line is a table's head with {species}: true or predicted, all have a column.").format(
            species=", ".join(species)
        )
    )


def _tables(lines: Sequence[str]) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Head and rows of each table, as GitHub Flavored Markdown has them: the pipes at both ends may
    be left out, and head and rule have as many cells."""
    for place, line in enumerate(lines[1:], start=1):
        head = _split(lines[place - 1])
        if RULE.fullmatch(line) and len(head) == len(_split(line)):
            yield (
                head,
                [_split(row) for row in takewhile(lambda row: "|" in row, lines[place + 1 :])],
            )


def _split(line: str) -> list[str]:
    return [cell.strip(" *`_") for cell in line.removeprefix("|").removesuffix("|").split("|")]


def _confusion(
    head: Sequence[str], rows: Sequence[Sequence[str]], species: Sequence[str]
) -> Confusion | None:
    """None for a table of something else. A species that was never true needs no row, and one that
    was never predicted no column: nothing is 0."""

    def name(cell: str) -> str:
        found = [word for word in cell.replace(":", " ").split() if word in species]
        return found[0] if len(found) == 1 else ""

    columns = [name(cell) for cell in head]
    columns[0] = ""  # names the true species
    cells = {
        (name(row[0]), column): "0" if cell in NOTHING else cell
        for row in rows
        for column, cell in zip(columns, row, strict=False)
        if name(row[0]) and column
    }
    if not cells:
        return None
    across, down = [each for each in columns if each], [name(row[0]) for row in rows]
    return Confusion(
        {true: [cells.get((true, each), "0") for each in species] for true in species},
        across == sorted(across) and (named := [each for each in down if each]) == sorted(named),
    )
