"""The functions that Argo gives to expressions: util/expr/env/env.go of v3.3.8, and of
https://masterminds.github.io/sprig (v3) those that say the same each time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from localkfp.expressions.expr_tokens import ExprError
from localkfp.expressions.expr_values import MAX_TEXT, int64, matches, printed
from localkfp.expressions.patterns import pattern

STEP = re.compile(r"\.(\w[\w-]*)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


def surroundings(scope: Mapping[str, str]) -> dict[str, Any]:
    """The names of tags as mappings in mappings (`inputs.parameters.x`), and the functions."""
    names: dict[str, Any] = {}
    for tag in sorted(scope):
        *above, last = tag.split(".")
        place = names
        for part in above:
            inner = place.get(part)
            if not isinstance(inner, dict):  # what has something below it is no text
                inner = place[part] = {}
            place = inner
        place.setdefault(last, scope[tag])
    return names | FUNCTIONS


def _int(value: Any) -> int:
    if isinstance(value, str):
        if not re.fullmatch(r"[-+]?\d+", value):
            raise ExprError(f'strconv.ParseInt: parsing "{value}": invalid syntax')
        return int(value)
    return int(value)


def _cast_int(value: Any) -> int:
    """Sprig's: 0 for what is none."""
    try:
        return int64(int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return 0


def _cast_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _jsonpath(text: str, path: str) -> Any:
    """Names and numbers only: `$.a.b[0]`."""
    if not path.startswith("$") or STEP.sub("", path[1:]):
        raise ExprError(f"invalid JSONPath: {path}")
    found = json.loads(text)
    for match in STEP.finditer(path):
        name, number = match[1] or match[3] or match[4], match[2]
        found = found[int(number)] if number else found[name]
    return found


def _empty(value: Any) -> bool:
    return value is None or value in ("", 0, False) or value == [] or value == {}


def _repeat(count: int, text: str) -> str:
    if count * len(text) > MAX_TEXT:
        raise ExprError("memory budget exceeded")
    return text * max(count, 0)


def _replace(old: str, new: str, text: str) -> str:
    if text.count(old) * len(new) > MAX_TEXT:
        raise ExprError("memory budget exceeded")
    return text.replace(old, new)


def _substring(start: int, end: int, text: str) -> str:
    return text[max(start, 0) : end if end >= 0 else len(text)]


def _divided(left: Any, right: Any) -> int:
    return int(_cast_int(left) / _cast_int(right))


SPRIG: dict[str, Callable[..., Any]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "trim": str.strip,
    "trimAll": lambda cut, text: text.strip(cut),
    "trimPrefix": lambda cut, text: text.removeprefix(cut),
    "trimSuffix": lambda cut, text: text.removesuffix(cut),
    "nospace": lambda text: "".join(text.split()),
    "replace": _replace,
    "repeat": _repeat,
    "substr": _substring,
    "trunc": lambda count, text: text[:count] if count >= 0 else text[count:],
    "contains": lambda part, text: part in text,
    "hasPrefix": lambda part, text: text.startswith(part),
    "hasSuffix": lambda part, text: text.endswith(part),
    "quote": lambda *texts: " ".join(json.dumps(printed(t), ensure_ascii=False) for t in texts),
    "squote": lambda *texts: " ".join(f"'{printed(t)}'" for t in texts),
    "cat": lambda *texts: " ".join(printed(t) for t in texts),
    "join": lambda between, texts: between.join(printed(t) for t in texts),
    "splitList": lambda between, text: text.split(between),
    "regexMatch": matches,
    "regexReplaceAll": lambda source, text, new: pattern(source).sub(new, text),
    "default": lambda other, value=None: other if _empty(value) else value,
    "empty": _empty,
    "coalesce": lambda *found: next((value for value in found if not _empty(value)), None),
    "ternary": lambda yes, no, which: yes if which else no,
    "toString": printed,
    "int": _cast_int,
    "int64": _cast_int,
    "atoi": _cast_int,
    "float64": _cast_float,
    "add": lambda *numbers: int64(sum(map(_cast_int, numbers))),
    "add1": lambda number: _cast_int(number) + 1,
    "sub": lambda left, right: _cast_int(left) - _cast_int(right),
    "mul": lambda *numbers: int64(math.prod(map(_cast_int, numbers))),
    "div": _divided,
    "mod": lambda left, right: int(math.fmod(_cast_int(left), _cast_int(right))),
    "max": lambda *numbers: max(map(_cast_int, numbers)),
    "min": lambda *numbers: min(map(_cast_int, numbers)),
    "floor": lambda number: float(math.floor(_cast_float(number))),
    "ceil": lambda number: float(math.ceil(_cast_float(number))),
    "round": lambda number, digits: round(_cast_float(number), digits),
    "list": lambda *entries: list(entries),
    "first": lambda entries: entries[0] if entries else None,
    "last": lambda entries: entries[-1] if entries else None,
    "has": lambda entry, entries: entry in entries,
    "dict": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
    "get": lambda mapping, key: mapping.get(key, ""),
    "hasKey": lambda mapping, key: key in mapping,
    "fromJson": json.loads,
    "toJson": _json,
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
    "b64dec": lambda text: base64.b64decode(text).decode(),
    "sha256sum": lambda text: hashlib.sha256(text.encode()).hexdigest(),
}
FUNCTIONS: dict[str, Any] = {
    "asInt": _int,
    "asFloat": float,
    "string": printed,
    "toJson": _json,
    "jsonpath": _jsonpath,
    "sprig": SPRIG,
}
