"""JSON as encoding/json of Go reads it, of two equal keys the last one. Bounded."""

from __future__ import annotations

import json
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.workflow.reading.decode import Literal
from localkfp.workflow.reading.yaml import DEEP, MANY, MAX_DEPTH, MAX_VALUES


class NoJson(ValueError):
    """The text is no JSON. The message is Go's."""


def parse_json(text: str) -> Any:
    """The value of a text. Raises NoJson, or WorkflowError where it is too much."""
    try:
        value = json.loads(text, parse_float=Literal, parse_constant=_constant)
    except RecursionError:
        raise WorkflowError(DEEP) from None
    except json.JSONDecodeError as error:
        raise NoJson(_complaint(text, error)) from None
    depth, values, level = 0, 0, [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise WorkflowError(DEEP)
        children = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
        values += len(children)
        if values > MAX_VALUES:
            raise WorkflowError(MANY)
        level = [child for child in children if isinstance(child, dict | list)]
    return value


def _constant(word: str) -> Any:
    raise NoJson(f"invalid character '{word[0]}' looking for beginning of value")


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    """What Go says of the same place, where that can be told."""
    rest = text[error.pos :].lstrip(" \t\r\n")
    if not rest:
        return "unexpected end of JSON input"
    where = "looking for beginning of value"
    if error.msg.startswith("Extra data"):
        where = "after top-level value"
    elif error.msg.startswith("Expecting property name"):
        where = "looking for beginning of object key string"
    elif error.msg.startswith("Expecting ':'"):
        where = "after object key"
    elif error.msg.startswith("Expecting ','"):
        where = "after object key:value pair"
    elif error.msg.startswith("Invalid control character"):
        where = "in string literal"
    return f"invalid character {_character(rest[0])} {where}"


def _character(letter: str) -> str:
    """quoteChar of encoding/json"""
    return {"'": r"'\''", '"': "'\"'"}.get(letter, f"'{letter}'")
