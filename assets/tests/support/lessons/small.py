"""A lesson of four cells, solved."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def code(cell_id, source, *tags):
    return new_code_cell(source, id=cell_id, metadata={"tags": list(tags)} if tags else {})


def prose(cell_id, source, *tags):
    return new_markdown_cell(source, id=cell_id, metadata={"tags": list(tags)} if tags else {})


EXERCISE = "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION\nprint(answer)"


def solved(*more):
    return new_notebook(
        cells=[
            prose("title", "# A small lesson"),
            code("settings", "n = 2", "parameters"),
            code("exercise-07-1", EXERCISE),
            prose("why", "Because.", "solution-only"),
            *more,
        ]
    )
