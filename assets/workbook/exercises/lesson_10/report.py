"""The judge of report.

What `see_...` observes of the solution is what the cases of the judge have second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.components import component_outputs, judge_interface, judge_outputs
from workbook.exercises.lesson_10.tables import read_table
from workbook.exercises.model import Case, Finding, NotObserved, not_yet
from workbook.language import _

METADATA = "mlpipeline-ui-metadata"


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
    if isinstance(text, Finding) or isinstance(counts := _counts(text, species), Finding):
        raise NotObserved("it writes no table")
    return counts


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
    text, accuracy = _markdown(outputs[METADATA]), str(arguments["accuracy"])
    if isinstance(text, Finding):
        return text
    if accuracy not in text:
        return not_yet(
            _("the accuracy, {accuracy} in the check, is not in your text.").format(
                accuracy=accuracy
            )
        )
    counts = _counts(text, list(wanted))
    if isinstance(counts, Finding):
        return counts
    for true, numbers in wanted.items():
        if counts[true] != numbers:
            return not_yet(
                _(
                    "in the row of the true {true} you count {given} for {species}; asked for is"
                    " {wanted}: rows are the true species, columns the predicted ones."
                ).format(
                    true=true,
                    given=", ".join(cell or "-" for cell in counts[true]),
                    species=", ".join(wanted),
                    wanted=", ".join(numbers),
                )
            )
    return None


def _counts(text: str, species: Sequence[str]) -> dict[str, list[str]] | Finding:
    """What a Markdown table has for each true species, in the order of the predicted `species`."""
    table = [
        [cell.strip(" *`") for cell in line.strip().strip("|").split("|")]
        for line in text.splitlines()
        if line.strip().startswith("|")
    ]
    head = next((cells for cells in table if set(species) <= set(cells)), None)
    if head is None:
        return not_yet(
            _(
                "no line is a table's head with {species}: true or predicted, all have a column."
            ).format(species=", ".join(species))
        )
    if not any(cells and all(set(cell) <= set(":- ") for cell in cells) for cells in table):
        return not_yet(_("a Markdown table needs a line |---|---| below its head."))
    rows = {cells[0]: dict(zip(head, cells, strict=False)) for cells in table}
    return {
        true: [rows.get(true, {}).get(predicted, "") for predicted in species] for true in species
    }
