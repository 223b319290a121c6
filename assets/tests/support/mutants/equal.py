"""Mutants that give what the solution gives: a pattern of what was changed, and the reason.

`*` is of every exercise. What a learner sees of a run, like a name in the graph, may well differ.
"""

from __future__ import annotations

import re

CONDITION = r"(ACCEPT|acceptx|REFUSE|refusex|SEND|sendx|SPLIT|splitx)"
EQUAL: dict[str, tuple[tuple[str, str], ...]] = {
    "*": (
        (r"name dropped in `(pipeline|dsl\.Condition)", "only the name in the graph changes"),
        (
            r"last argument dropped in `(Out|In)putPath\(str\)(?!.*loud_path)",
            "the type of a file is a note, but in 06-1, which asks for it",
        ),
        (r"newline (dropped|x) in `open", "no field here has a newline in it"),
        (r"flush dropped|constant False in `True`", "a log that ends is read as a whole"),
        (r"dropped `'Whole numbers", "a docstring"),
    ),
    "02-2": ((r"arguments swapped in `(add|multiply)_op", "a + b = b + a, a * b = b * a"),),
    "03-1": ((r"returned \{\}\.strip", "JSON of an object has no space around it"),),
    "03-3": ((r"returned abs", "the numbers of the exercise are not below zero"),),
    "04-4": ((r"arguments swapped in `add_op", "a + b = b + a"),),
    "05-3": ((r"constant .* in `'by plain HTTP'", "a run may have any name"),),
    "06-4": (
        (r"SUM OF NUMBERS|sum of numbersx", "only the name of the pipeline changes"),
        (r"returned (round|int|abs)", "the sum is a whole number above zero"),
        (r"constant 0 in `1`", "0 adds nothing to a sum (where the numbers end, it is caught)"),
    ),
    "06-5": (
        (r"DAILY HIGHS|daily highsx", "only the name of the pipeline changes"),
        (r"\.TXT|\.txtx", "the ending of a file of a day is free"),
        (r"constant '05x'", "a format by hexadecimal numbers keeps the order"),
        (
            r"constant 23 in `24` of `f'\{first // 24",
            "the number of a day in its file's name: same order",
        ),
    ),
    "07-2": ((rf"constant '{CONDITION}'.* in `.*name=", "only the name of the condition changes"),),
    "07-5": ((rf"constant '{CONDITION}'.* in `.*name=", "only the name of the condition changes"),),
    "09-1": ((r"returned \{\}\.strip", "joined numbers have no space around them"),),
    "09-3": (
        (
            r"arguments swapped in `broken_yaml.*\.replace\('(laut|shuot)', '\w+'\)` of",
            "both places get the other name, and agree",
        ),
    ),
    "09-4": (
        (r"`print\(boxes|boxes leftx|BOXES LEFT", "what unload prints besides is free"),
        (r"returned (round|int|abs)", "the trips are a whole number, not below zero"),
    ),
    "09-5": ((r"returned \{\}\.strip", "a word and a number have no space around them"),),
    "10-1": ((r"constant 'IGNORE'", "csv.DictWriter takes it in capitals too"),),
    "10-2": ((r"name list in `sorted`", "the order of the rows in a table is free"),),
    "10-8": (
        (r"of `(raise ValueError|f\"no column|f'\{name\} is)", "what an error says is free"),
        (r"name list in `sorted`", "in which order an error names columns is free"),
    ),
    "10-9": ((r"constant '(TEST|testx)'(?!.*parts\.outputs)", "a metric may have any name"),),
    "10-4": (
        (r"returned abs", "an accuracy and a sum of squares are not below zero"),
        (r"returned round\(\{\}, 2\) in `return sum", "the distances of a row differ by more"),
    ),
    "10-5": (
        (r"dropped `import json`", "kfp's own code for a list has imported json"),
        (r"returned \{\}\.strip", "a setting has no space around it"),
    ),
    "10-6": (
        (r"aCCURACY", "the words around the number are free"),
        (r"constant ' \|x'", "a cell more than the head has is not shown"),
    ),
    "12-5": (
        (r"returned \{\}\.strip", "joined numbers have no space around them"),
        (r"python:3.11x", "whether a tag is in a registry nobody knows here"),
    ),
    "10-3": (
        (r"name list in `sorted`", "the order of the keys of an object is free"),
        (r"constant -?1 in `0` ", "each row has the same columns: any row names them"),
    ),
}


def reason(exercise_id: str, what: str) -> str:
    """Why a mutant is equal; empty if it isn't known to be."""
    known = (*EQUAL["*"], *EQUAL.get(exercise_id, ()))
    return next((why for pattern, why in known if re.search(pattern, what)), "")
