"""Two answers to the same request, as lines that say what differs."""

from __future__ import annotations

import json
import re

from tests.support.genuine.replay import Answer

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"202\d-[01]\d-[0-3]\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
NAME = re.compile(r"(probe-(?:good|bad|nap|hello))-([bcdfghjklmnpqrstvwxz2456789]{5})\b(-\d+)?")
LISTS = ("experiments", "pipelines", "versions", "runs", "jobs")
NOTHING = "-"
NO_IDS = ("nil", "files", "tok", "q")


def differences(genuine: Answer, ours: Answer, variables, our_variables):
    """What a client can tell the two apart by, a line for each: `status: 404 -> 400`, `code: ...`,
    `type: ...`, `.run.status: Failed -> -`. The words of an error are for people and not looked
    at."""
    found = []
    if genuine.status != ours.status:
        return [f"status: {genuine.status} -> {ours.status}"]
    if genuine.type.partition(";")[0] != ours.type.partition(";")[0]:
        found.append(f"type: {genuine.type} -> {ours.type}")
    one, other = (
        _normal(answer.body, names)
        for answer, names in ((genuine, variables), (ours, our_variables))
    )
    if genuine.status >= 400:
        codes = [_json(text).get("code", NOTHING) for text in (one, other)]
        return [*found, *([f"code: {codes[0]} -> {codes[1]}"] if codes[0] != codes[1] else [])]
    if not (_json(one) or _json(other)):
        return [*found, *([f"text: {one[:60]!r} -> {other[:60]!r}"] if one != other else [])]
    first, second = _flat(_json(one)), _flat(_json(other))
    return found + [
        f"{path}: {first.get(path, NOTHING)} -> {second.get(path, NOTHING)}"
        for path in sorted({*first, *second})
        if first.get(path, NOTHING) != second.get(path, NOTHING)
    ]


def _normal(text, variables):
    """Ids by the names that they were saved under, times and generated names by what they are."""
    names = {value: f"<{name}>" for name, value in variables.items() if name not in NO_IDS}
    for value, name in names.items():
        if len(value) > 11 and not UUID.fullmatch(value):
            text = text.replace(value, name)
    text = UUID.sub(lambda m: names.get(m[0]) or ("<uuid>" if m[0].strip("0-") else m[0]), text)
    return NAME.sub(r"\1-<name>", TIME.sub("<time>", text))


def _json(text):
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"": found}


def _flat(value, path="", found=None):
    """Every value by its path; Workflows in text are looked into, the entries of a list go by their
    ids, and their order is one more value."""
    found = {} if found is None else found
    if isinstance(value, str) and path.endswith(("manifest", ".template")) and value[:1] == "{":
        value = _json(value) or value
    if isinstance(value, dict):
        for key, each in value.items():
            _flat(each, f"{path}.{key}", found)
    elif isinstance(value, list) and path.lstrip(".") in LISTS:
        keys = [each.get("id") if each.get("id") != "<uuid>" else each["name"] for each in value]
        found[f"{path} order"] = " ".join(map(str, keys))
        for key, each in zip(keys, value, strict=True):
            _flat(each, f"{path}[{key}]", found)
    elif isinstance(value, list) and path.endswith("metrics"):
        for each in value:
            _flat(each, f"{path}[{each.get('node_id')}/{each['name']}]", found)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _flat(each, f"{path}[{number}]", found)
    else:
        found[path] = value
    if value in ({}, []) and path:
        found[path] = value
    return found
