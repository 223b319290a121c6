"""YAML as gopkg.in/yaml.v2 and sigs.k8s.io/yaml read it: the first document, the words of YAML 1.1
(`y`, `off` and `010` too), aliases, merge keys, of two equal keys the last one. Bounded.

Records a105, a113 to a116, a118, c30.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from localkfp.errors import WorkflowError
from localkfp.workflow.reading import gojson

MAX_DEPTH = 64
# PyYAML takes about a kilobyte for each value: 32 MiB of short ones would take all memory. The
# Workflow of a pipeline with 2,000 tasks has some 100,000.
MAX_VALUES = 500_000
MANY = f"The file holds more than {MAX_VALUES:,} values."
DEEP = f"The file is nested more than {MAX_DEPTH} levels deep."

# Some builds of PyYAML lack libyaml; its own parser does the same, slower.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAGS = "tag:yaml.org,2002:"
WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys("y Y yes Yes YES true True TRUE on On ON".split(), True),
    **dict.fromkeys("n N no No NO false False FALSE off Off OFF".split(), False),
    **dict.fromkeys(".nan .NaN .NAN".split(), math.nan),
    **dict.fromkeys(".inf .Inf .INF +.inf +.Inf +.INF".split(), math.inf),
    **dict.fromkeys("-.inf -.Inf -.INF".split(), -math.inf),
}
WHOLE = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WIDEST = 2**64
MERGE = object()


class _Counted:
    """How many values an anchored value holds, what its aliases stand for included."""

    def __init__(self, value: Any, size: int) -> None:
        self.value, self.size = value, size


def parse(text: str) -> Any:
    """The value of a text's first document, without anything that JSON lacks but numbers like .inf.

    Raises yaml.YAMLError where it is no YAML, WorkflowError with a sentence where it is too much.
    """
    reader = _Reader(yaml.parse(text, Loader=_Parser))
    return reader.document()


class _Reader:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events, self.anchors = events, dict[str, _Counted]()
        self.depth = self.values = 0

    def document(self) -> Any:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self._value(next(self.events))
        return None

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._count(1)
        before, anchor = self.values, event.anchor
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        else:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise WorkflowError(DEEP)
            sequence = isinstance(event, yaml.SequenceStartEvent)
            value = self._list() if sequence else self._mapping()
            self.depth -= 1
        if anchor:
            self.anchors[anchor] = _Counted(value, self.values - before + 1)
        return value

    def _count(self, more: int) -> None:
        self.values += more
        if self.values > MAX_VALUES:
            raise WorkflowError(MANY)

    def _alias(self, event: yaml.AliasEvent) -> Any:
        known = self.anchors.get(str(event.anchor))
        if known is None:
            raise yaml.YAMLError(f"unknown anchor '{event.anchor}' referenced")
        self._count(known.size)
        return known.value

    def _list(self) -> list[Any]:
        found = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(_json(self._value(event)))
        return found

    def _mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = MERGE if _merges(event) else _key(self._value(event))
            value = self._value(next(self.events))
            if key is MERGE:
                for one in reversed(value) if isinstance(value, list) else [value]:
                    if not isinstance(one, dict):
                        raise yaml.YAMLError("map merge requires map or sequence of maps as value")
                    found |= one
            else:
                found[str(key)] = _json(value)
        return found


def _merges(event: yaml.Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent) or event.value != "<<":
        return False
    return bool(event.implicit[0]) or event.tag == f"{TAGS}merge"


def _key(value: Any) -> str:
    """A key as JSON has it, always a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return gojson.general(value)
    raise yaml.YAMLError("Unsupported map key")


def _json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise yaml.YAMLError(f"json: unsupported value: {value}")
    return value


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.implicit[0]:
        return _resolve(text)
    tag = (event.tag or "").removeprefix(TAGS)
    if tag in ("bool", "int", "float", "null"):
        value = _resolve(text)
        if tag == "float" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        kinds = {"bool": bool, "int": int, "float": float, "null": type(None)}
        if not isinstance(value, kinds[tag]):
            raise yaml.YAMLError(f"cannot decode `{text}` as a !!{tag}")
        return value
    return text


def _resolve(text: str) -> Any:
    """What a plain word means: resolve.go of yaml.v2."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    plain = text.replace("_", "")
    if match := WHOLE.fullmatch(plain):
        value = _whole(plain, match.group(1))
        if -WIDEST // 2 <= value < WIDEST:
            return value
    if FLOAT.fullmatch(plain):
        return float(plain)
    return text


def _whole(text: str, digits: str) -> int:
    """strconv.ParseInt(text, 0, 64): 010 is eight."""
    sign, lower = -1 if text.startswith("-") else 1, digits.lower()
    for start, base in (("0x", 16), ("0b", 2), ("0o", 8)):
        if lower.startswith(start):
            return sign * int(lower[2:] or "0", base)
    return sign * int(lower, 8 if lower.startswith("0") and len(lower) > 1 else 10)
