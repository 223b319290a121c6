"""What a value of a parameter must be, by the type that kfp gives the parameter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

BOOLEAN = re.compile(r"(?i:y|yes|t|true|on|1|n|no|f|false|off|0)")  # distutils.util.strtobool


def _boolean(value: str) -> None:
    if not BOOLEAN.fullmatch(value):
        raise ValueError


def _json(kind: type) -> Callable[[str], None]:
    def test(value: str) -> None:
        if not isinstance(json.loads(value), kind):
            raise ValueError

    return test


WHOLE = (int, "a whole number, for example 5")
NUMBER = (float, "a number, for example 0.5")
TRUTH = (_boolean, "True or False")
LIST = (_json(list), "a list in JSON, for example [1, 2]")
MAPPING = (_json(dict), 'an object in JSON, for example {"a": 1}')
CHECKS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "int": WHOLE, "integer": WHOLE,
    "float": NUMBER, "double": NUMBER,
    "bool": TRUTH, "boolean": TRUTH,
    "list": LIST, "jsonarray": LIST,
    "dict": MAPPING, "jsonobject": MAPPING,
}  # fmt: skip


def wrong_value(kind: str, value: str) -> str:
    """What is wrong with a value of a parameter of that type, or nothing. The step would find it
    out, when the run has begun: kfp's program reads its arguments so."""
    if kind.lower() not in CHECKS:
        return ""
    test, words = CHECKS[kind.lower()]
    try:
        test(value)
    except (ValueError, RecursionError):
        return f"{value!r} is not {words}." if value else f"Type {words}."
    return ""
