"""The table of the mutation gate: `python -m tests.support.mutants [SEEDS [EXERCISE ...]]`, in
assets.

Writes tests/workbook/exercises/mutants.md, anew after each exercise: 200 seeds take an hour, and
what was seen before it was stopped stays. An exercise that is not tried keeps its line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from tests.support.mutants import gate
from tests.support.mutants.equal import EQUAL
from tests.support.mutants.place import prepared
from workbook.paths import ASSETS

PAGE = ASSETS / "tests" / "workbook" / "exercises" / "mutants.md"


def main(seeds: int, chosen: list[str]) -> None:
    lines = known()
    with prepared():
        for exercise_id in chosen or gate.RUN:
            found = gate.tried(exercise_id, range(1, seeds + 1))
            caught = sum(not each.survived for each in found)
            worst = min((each.rate for each in found), default=1.0)
            lines[exercise_id] = (
                f"| {exercise_id} | {seeds} | {len(found)} | {caught} | {worst:.1%} |"
            )
            print(lines[exercise_id], flush=True)
            for each in found:
                if each.survived:
                    print(f"    {each.survived} of {each.batches}: {each.what}", flush=True)
            PAGE.write_text("\n".join(page(lines)) + "\n", encoding="utf-8")


def known() -> dict[str, str]:
    """Exercise -> its line on the page as it is."""
    if not PAGE.exists():
        return {}
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "%" in line]
    return {line.split()[1]: line for line in lines if line.startswith("|")}


def page(lines: Mapping[str, str]) -> Iterator[str]:
    yield "# Mutants of the solutions"
    yield ""
    yield (
        "Each on what so many seeds draw. Made by `python -m tests.support.mutants` in `assets`; "
        "CI tries five seeds (`test_mutants.py`). Caught: *not yet* in each batch."
    )
    yield ""
    yield "| exercise | seeds | mutants | caught | worst rate |"
    yield "|---|--:|--:|--:|--:|"
    yield from (lines[exercise_id] for exercise_id in gate.RUN if exercise_id in lines)
    left = [exercise_id for exercise_id in gate.RUN if exercise_id not in lines]
    if left:
        yield ""
        yield f"Not tried: {', '.join(left)}."
    yield ""
    yield "## Equal mutants"
    yield ""
    yield "They give what the solution gives, and are not counted."
    yield ""
    yield "| exercise | what is changed | why it is equal |"
    yield "|---|---|---|"
    for exercise_id, patterns in EQUAL.items():
        for pattern, why in patterns:
            shown = pattern.replace("|", "\\|")
            yield f"| {exercise_id} | `{shown}` | {why} |"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:])
