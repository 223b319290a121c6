"""Values, texts and numbers as Go writes them: encoding/json and strconv. There is no other writer
of Go's JSON here; `workflow.raw_json` reads what must stay as it is written."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any

from localkfp.workflow.reading.schema import NAMED, STRUCTS, Field, fields, open_ended

Writer = Callable[[Any], str]
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
SHORTER = re.compile(r"\\.")  # of Python's JSON
LONGER = {r"\b": r"\u0008", r"\f": r"\u000c"}  # in Go's
ESCAPED = re.compile("[<>&\u2028\u2029]")
SHORT = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}


def number(value: float) -> str:
    """A number in JSON: 1.0 is `1`, 1e-05 is `0.00001`, 1e21 is `1e+21` (record c34). A whole one
    that no integer of Go's can be is a float64."""
    if isinstance(value, int):
        if -(2**63) <= value < 2**64:
            return str(value)
        value = float(value)
    if value and not 1e-6 <= abs(value) < 1e21:
        mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
        sign, digits = exponent[0], exponent[1:].lstrip("0")
        return f"{mantissa}e{sign}{digits}"
    return plain(value)


def plain(value: float) -> str:
    """A number without exponent, in as few digits as tell it: strconv.FormatFloat(v, 'f', -1)."""
    if isinstance(value, int):
        return str(value)
    if math.copysign(1, value) < 0 and value == 0:
        return "-0"
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def general(value: float) -> str:
    """A number of the YAML where a text belongs: strconv.FormatFloat(v, 'g', -1, 32), which
    sigs.k8s.io/yaml calls."""
    if isinstance(value, int):
        return str(value)
    if math.isinf(value) or math.isnan(value):
        return {True: "+Inf", False: "-Inf"}[value > 0] if math.isinf(value) else "NaN"
    short = _shortest_32(value)
    exponent = Decimal(short).adjusted() if float(short) else 0
    if exponent < -4 or exponent >= 21 or exponent >= max(6, len(Decimal(short).as_tuple().digits)):
        mantissa, _, power = f"{Decimal(short).normalize():e}".partition("e")
        return f"{mantissa}e{power[0]}{power[1:].rjust(2, '0')}"
    return plain(float(short))


def _shortest_32(value: float) -> str:
    """The fewest digits that tell one float32 from another."""
    packed = struct.pack("f", value) if abs(value) < 3.4e38 else struct.pack("d", value)
    for digits in range(1, 18):
        text = f"{value:.{digits}g}"
        if len(packed) == 8:
            if float(text) == value:
                return text
        elif struct.pack("f", float(text)) == packed:
            return text
    return repr(value)


def text(value: str) -> str:
    """A text in JSON, with the quotation marks. Go writes `<`, `>` and `&` as escapes, so that it
    may stand in a web page."""
    return texts(value)


def texts(value: Any) -> str:
    """As `dump`, of a value that holds no number."""
    written = ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", ENCODER.encode(value))
    if r"\b" in written or r"\f" in written:
        written = SHORTER.sub(lambda match: LONGER.get(match[0], match[0]), written)
    return written


def quoted(value: str) -> str:
    """strconv.Quote, without the quotation marks."""
    if value.isprintable():  # a text may have a million letters
        return value.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(map(_quoted, value))


def go_text(value: str) -> str:
    """A text as `%q` writes it."""
    return f'"{quoted(value)}"'


def _quoted(letter: str) -> str:
    if letter in '\\"':
        return "\\" + letter
    if letter in SHORT:
        return "\\" + SHORT[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def marshal(value: Any, kind: str) -> str:
    """JSON of a decoded value of that type, its fields in Go's order (json.Marshal)."""
    return _writer(kind)(value)


@cache
def _writer(kind: str) -> Writer:
    if kind.startswith("*"):
        return _or_null(_writer(kind[1:]))
    kind = NAMED.get(kind, kind)
    if kind == "Steps":
        kind = "[]WorkflowStep"
    if kind.startswith("[]"):
        write = _writer(kind[2:])
        return _or_null(lambda value: "[" + ",".join(map(write, value)) + "]")
    return partial(_object, kind) if kind in STRUCTS else anything


def _or_null(write: Writer) -> Writer:
    return lambda value: "null" if value is None else write(value)


def _object(kind: str, value: dict[str, Any] | None) -> str:
    parts, value = [], value or {}
    for field in _members(kind):
        given = value.get(field.name)
        if given is None:
            if field.absent:
                parts.append(field.absent)
        elif given or not field.omits_empty:
            parts.append(field.key + field.write(given))
    if open_ended(kind):
        known = {field.name for field in fields(kind)}
        parts += [f"{text(k)}:{anything(v)}" for k, v in value.items() if k not in known]
    return "{" + ",".join(parts) + "}"


@dataclass(frozen=True)
class _Member:
    """How a field is written: its key with the colon, and what stands for it where it is absent.
    `omits_empty`: `omitempty`, which leaves out a pointer only when there is none."""

    name: str
    key: str
    absent: str
    omits_empty: bool
    write: Writer


@cache
def _members(kind: str) -> tuple[_Member, ...]:
    return tuple(map(_member, fields(kind)))


def _member(field: Field) -> _Member:
    key, write = f"{text(field.name)}:", _writer(field.type)
    always = field.always or field.type in STRUCTS
    nothing = None if field.type in STRUCTS or field.type[0] in "*[" else _zero(field.type)
    absent = key + write(nothing) if always else ""
    omits = not (always or field.type == "any" or field.type.startswith("*"))
    return _Member(field.name, key, absent, omits, write)


def _zero(kind: str) -> Any:
    return {"bool": False, "int32": 0, "int64": 0}.get(kind, "")


def anything(value: Any) -> str:
    """JSON of a value of no declared type: the keys in order."""
    return dump(value, ordered=True)


def dump(value: Any, ordered: bool = False) -> str:
    """JSON of a value, without blanks; the keys as they come, as those of a struct do, or in
    order, as those of a map."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(dump(entry, ordered) for entry in value) + "]"
    keys = sorted(value) if ordered else value
    return "{" + ",".join(f"{text(str(k))}:{dump(value[k], ordered)}" for k in keys) + "}"
