"""A JSON value read into Go's types: what fits is kept, what Go doesn't know is dropped, what
doesn't fit is refused in Go's words.

encoding/json (Go 1.24: paths name embedded structs), sigs.k8s.io/yaml (texts from numbers and
booleans of the YAML, where a text is declared), Argo's anystring.go and item.go, Kubernetes'
IntOrString and Quantity. Records a45, a46, a69, a100, a101, a119, a120, c13, c30.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.reading.schema import NAMED, STRUCTS, by_name, go_name, open_ended

QUANTITY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(m|n|u|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?")
NO_QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
INTEGERS = {"int32": 2**31, "int64": 2**63}


class Misfit(ValueError):
    """The first value that doesn't fit. The message is Go's."""


class Literal(float):
    """A number of a JSON text that isn't a whole one, with its own letters."""

    letters: str

    def __new__(cls, letters: str) -> Literal:
        made = super().__new__(cls, letters)
        made.letters = letters
        return made


@dataclass
class _Reading:
    """`yaml`: the value comes from YAML, whose numbers may stand for texts. `root`: what errors
    put before a path."""

    yaml: bool
    path: list[str]
    struct: str = ""
    errors: list[str] = field(default_factory=list)


def decode_template(value: Any) -> dict[str, Any]:
    """A template's value, of JSON that `gojson` wrote. Raises Misfit."""
    reading = _Reading(False, [])
    found = _read(value, "Template", reading)
    if reading.errors:
        raise Misfit(reading.errors[0])
    return found or {}


def decode(value: Any, yaml: bool) -> dict[str, Any]:
    """A Workflow's value with Go's fields only, each of its type. Raises Misfit.

    `yaml`: it is read as the server reads a template (sigs.k8s.io/yaml); else as it reads the JSON
    of a request for a run, into a struct that embeds the Workflow.
    """
    reading = _Reading(yaml, [] if yaml else ["Workflow"])
    if not yaml and not isinstance(value, dict | None):
        told = f"json: cannot unmarshal {_kind(value)} into Go value of type util.Workflow"
        raise Misfit(told)
    found = _read(value, "Workflow", reading)
    if reading.errors:
        raise Misfit(reading.errors[0])
    return found or {}


def _read(value: Any, kind: str, reading: _Reading) -> Any:
    if kind.startswith("*"):
        return None if value is None else _read(value, kind[1:], reading)
    base = NAMED.get(kind, kind)
    if base == "any":
        return _plain(value)
    if base in ("AnyString", "IntOrString", "Item", "Steps"):
        return _own(value, base, reading)
    if value is None:
        return None
    if base in STRUCTS:
        return _struct(value, base, kind, reading)
    if base.startswith("[]"):
        return _list(value, base[2:], kind, reading)
    if base == "map":
        return _map(value, "string", kind, reading)
    if base == "ResourceList":
        return _map(value, "Quantity", kind, reading)
    return _scalar(value, base, kind, reading)


def _struct(value: Any, struct: str, kind: str, reading: _Reading) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return _misfit(value, kind, reading)
    found: dict[str, Any] = {}
    known = by_name(struct)
    for key in _keys(value, reading):
        one = known.get(key) or known.get(key.lower())
        if one is None:
            if open_ended(struct):
                found[key] = _plain(value[key])
            continue
        depth, outer = len(reading.path), reading.struct
        reading.path += [*one.path, one.name]
        reading.struct = struct
        read = _read(value[key], one.type, reading)
        del reading.path[depth:]
        reading.struct = outer
        if read is not None:
            found[one.name] = read
    if not reading.yaml:
        return found
    # a reader finds the fields in the order in which they were written
    return {name: found[name] for name in _order(value, found, known)}


def _order(value: dict[str, Any], found: dict[str, Any], known: dict[str, Any]) -> list[str]:
    names = [
        one.name if (one := known.get(key) or known.get(key.lower())) else key for key in value
    ]
    return [name for name in dict.fromkeys(names) if name in found]


def _keys(value: dict[str, Any], reading: _Reading) -> list[str]:
    """YAML becomes JSON first, and Go writes the keys of a map in order."""
    return sorted(value) if reading.yaml else list(value)


def _list(value: Any, of: str, kind: str, reading: _Reading) -> list[Any] | None:
    if not isinstance(value, list):
        return _misfit(value, kind, reading)
    found = [_read(entry, of, reading) for entry in value]
    return [_zero(of) if entry is None else entry for entry in found]


def _zero(kind: str) -> Any:
    if kind in STRUCTS:
        return {}
    return None if kind == "Item" else ""


def _map(value: Any, of: str, kind: str, reading: _Reading) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return _misfit(value, kind, reading)
    found = {}
    for key in _keys(value, reading):
        read = (
            _quantity(value[key], reading) if of == "Quantity" else _read(value[key], of, reading)
        )
        found[key] = "" if read is None else read
    return {key: found[key] for key in value}


def _scalar(value: Any, base: str, kind: str, reading: _Reading) -> Any:
    if base == "string":
        if isinstance(value, str):
            return value
        if reading.yaml and isinstance(value, bool):
            return "true" if value else "false"
        if reading.yaml and isinstance(value, int | float):
            return gojson.general(value)
        return _misfit(value, kind, reading)
    if base == "bool":
        return value if isinstance(value, bool) else _misfit(value, kind, reading)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _misfit(value, kind, reading)
    letters = _letters(value, reading)
    if re.fullmatch(r"-?\d+", letters) and -INTEGERS[base] <= int(letters) < INTEGERS[base]:
        return int(letters)
    return _misfit(value, kind, reading, f"number {letters}")


def _own(value: Any, kind: str, reading: _Reading) -> Any:
    """Types that read themselves."""
    if kind == "AnyString":
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return gojson.plain(float(value) if abs(value) >= 2**53 else value)
        return value if isinstance(value, str) else ("" if value is not None else None)
    if kind == "Item":
        return _plain(value)
    if kind == "Steps":
        if isinstance(value, list):
            return [_read(entry, "WorkflowStep", reading) for entry in value]
        kind = "[]map[string]interface {}"
        reading.errors.append(f"json: cannot unmarshal {_kind(value)} into Go value of type {kind}")
        return None
    if value is None or isinstance(value, str):
        return value
    whole = not isinstance(value, bool) and isinstance(value, int | float)
    letters = _letters(value, reading) if whole else ""
    if re.fullmatch(r"-?\d+", letters) and -(2**31) <= int(letters) < 2**31:
        return int(letters)
    named = f"number {letters}" if letters else _kind(value)
    reading.errors.append(f"json: cannot unmarshal {named} into Go value of type int32")
    return None


def _quantity(value: Any, reading: _Reading) -> str:
    """resource.Quantity, which takes a number too."""
    letters = value if isinstance(value, str) else gojson.anything(value)
    if not QUANTITY.fullmatch(letters.strip() if isinstance(value, str) else letters):
        reading.errors.append(NO_QUANTITY)
    return letters


def _misfit(value: Any, kind: str, reading: _Reading, named: str = "") -> Any:
    """Notes that the value is of another kind; gives null, which stands for it."""
    named = named or _kind(value)
    if reading.struct:
        path = ".".join(reading.path)
        told = f"json: cannot unmarshal {named} into Go struct field {reading.struct}.{path}"
        reading.errors.append(f"{told} of type {go_name(kind)}")
    else:
        told = f"json: cannot unmarshal {named} into Go value of type {go_name(kind)}"
        reading.errors.append(told)


def _letters(value: float, reading: _Reading) -> str:
    if isinstance(value, Literal) and not reading.yaml:
        return value.letters
    return gojson.number(value)


def _kind(value: Any) -> str:
    """A JSON value's kind as Go names it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    kinds: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _plain(value: Any) -> Any:
    """The value with whole numbers as such: Go writes 1.0 as 1."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else float(value)
    return value
