"""The table of the mutation gate: `python -m tests.support.mutants [SEEDS]`, in assets.

Writes tests/workbook/exercises/mutants.md. 200 seeds take a while.
"""

from __future__ import annotations

import sys

from tests.support.mutants import gate
from tests.support.mutants.equal import EQUAL
from tests.support.mutants.place import prepared
from workbook.paths import ASSETS

PAGE = ASSETS / "tests" / "workbook" / "exercises" / "mutants.md"


def main(seeds: int, chosen: list[str]) -> None:
    lines = [
        "# Mutants of the solutions",
        "",
        f"Each on what {seeds} seeds draw. Made by `python -m tests.support.mutants {seeds}` in "
        "`assets`; CI tries five seeds (`test_mutants.py`). Caught: *not yet* in each batch.",
        "",
        "| exercise | mutants | caught | worst rate |",
        "|---|--:|--:|--:|",
    ]
    with prepared():
        for exercise_id in chosen or gate.RUN:
            found = gate.tried(exercise_id, range(1, seeds + 1))
            caught = sum(not each.survived for each in found)
            worst = min((each.rate for each in found), default=1.0)
            lines.append(f"| {exercise_id} | {len(found)} | {caught} | {worst:.1%} |")
            print(lines[-1], flush=True)
            for each in found:
                if each.survived:
                    print(f"    {each.survived} of {each.batches}: {each.what}", flush=True)
    lines += [
        "",
        "## Equal mutants",
        "",
        "They give what the solution gives, and are not counted.",
        "",
    ]
    lines += ["| exercise | what is changed | why it is equal |", "|---|---|---|"]
    for exercise_id, known in EQUAL.items():
        for pattern, why in known:
            shown = pattern.replace("|", "\\|")
            lines.append(f"| {exercise_id} | `{shown}` | {why} |")
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:])
