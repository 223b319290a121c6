"""What `show` prints of a run."""

from __future__ import annotations

from kfp.components import create_component_from_func
from workbook.kernel.show import show


def verse(lines: int) -> str:
    return "\n".join(f"line {number}" for number in range(lines)) + "\n"


def long_words(letters: int) -> str:
    print("x" * letters)
    return "w" * letters


def take(text: str):
    print(len(text))


def give_up(text: str) -> str:
    raise SystemExit(text)


verse_op, long_words_op, take_op, give_up_op = (
    create_component_from_func(function, base_image="python:3.11")
    for function in (verse, long_words, take, give_up)
)


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


def test_inputs_and_lines_of_the_log_are_cut_where_they_are_long(client, ended, capsys):
    run = client.create_run_from_pipeline_func(
        lambda: take_op(long_words_op(100_000).output) and None, arguments={}, run_name="long"
    )
    ended(run.run_id)
    capsys.readouterr()
    show(client, run)
    printed = capsys.readouterr().out
    assert printed.count("w... (100000 characters)") == 2  # an output, and an input
    assert printed.count("x... (100000 characters)") == 1
    assert max(map(len, printed.splitlines())) < 2100


def test_a_step_that_failed_is_shown_without_the_outputs_that_it_never_wrote(client, ended, capsys):
    run = client.create_run_from_pipeline_func(
        lambda: take_op(give_up_op("no").output) and None, arguments={}, run_name="given up"
    )
    ended(run.run_id)
    capsys.readouterr()
    show(client, run, "give-up")
    printed = capsys.readouterr().out
    assert printed.startswith("give-up: Failed (Error (exit code 1))\n")
    assert "\n  outputs  none\n" in printed
    assert printed.endswith("\n  log      no\n")


def test_a_step_from_the_cache_says_so(client, ended, capsys):
    said = []
    for attempt in ("first", "second"):
        run = client.create_run_from_pipeline_func(
            lambda: verse_op(3) and None, arguments={}, run_name=attempt
        )
        ended(run.run_id)
        capsys.readouterr()
        show(client, run)
        said.append("  cached   not run:" in capsys.readouterr().out)
    assert said == [False, True]
