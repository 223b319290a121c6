"""What `show` prints of a run."""

from __future__ import annotations

from kfp.components import create_component_from_func
from workbook.runs import show


def verse(lines: int) -> str:
    return "\n".join(f"line {number}" for number in range(lines)) + "\n"


verse_op = create_component_from_func(verse, base_image="python:3.11")


def test_an_output_of_several_lines_stays_in_its_column(client, ended, capsys):
    run = client.create_run_from_pipeline_func(
        lambda: verse_op(2) and None, arguments={}, run_name="verse"
    )
    ended(run.run_id)
    capsys.readouterr()
    show(client, run)
    printed = capsys.readouterr().out.splitlines()
    first = printed.index("  outputs  verse-Output = line 0")
    assert printed[first + 1] == "           line 1"
    assert printed[first + 2].startswith("  log ")
