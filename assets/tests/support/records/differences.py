"""Where an answer differs from the record, place by place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tests.support.records.book import Record
from tests.support.records.facts import facts
from tests.support.records.meant import kinds

NODE = re.compile(r"((?:node|before|first|artifact) .*?) \.", re.S)
PASSING = {None, "Running", "Terminating"}  # stops that polling may miss
WIDTH = 300
CUT = 250


@dataclass(frozen=True)
class Difference:
    """`there`: the cluster's; `here`: localkfp's."""

    record: str
    place: str
    there: object
    here: object

    def __str__(self) -> str:
        return f"{self.place}\n    there: {_short(self.there)}\n    here:  {_short(self.here)}"

    @property
    def meant(self) -> bool:
        return any(
            kind.covers(self.record, self.place)
            for part in ("everywhere", "records")
            for kind in kinds(part)
        )


def differences(record: Record, answer: dict) -> list[Difference]:
    """All of them, in the order of their places."""
    there, here = (facts(side, record.package) for side in (record.answer, answer))
    if isinstance(cut := there.get("run.body"), str):  # the record holds its beginning and its end
        there["run.body"] = cut[:CUT]
        body = json.dumps(json.loads(answer["run"]["error"]), separators=(",", ":"))
        here = {p: v for p, v in here.items() if not p.startswith("run.body")}
        here["run.body"] = body[:CUT]
    for step in ("upload", "run"):
        if there.get(f"{step}.ok") != here.get(f"{step}.ok"):
            there, here = _taken(there, step), _taken(here, step)
    if not _was_ended(record, answer):
        there, here = (_without(side, ("terminate.", "before ")) for side in (there, here))
        there["terminated"], here["terminated"] = _terminated(record, answer)
    if _same_way(there.get("run.history"), here.get("run.history")):
        here["run.history"] = there.get("run.history")
    there, here = _whole(there, here), _whole(here, there)
    return [
        Difference(record.name, place, there.get(place), here.get(place))
        for place in sorted(there.keys() | here.keys())
        if there.get(place, NODE) != here.get(place, NODE)
    ]


def unmeant(record: Record, answer: dict) -> list[Difference]:
    return [d for d in differences(record, answer) if not d.meant]


def _taken(found: dict, step: str) -> dict:
    """Whether a package was taken is one difference. What came of a run can't be compared then."""
    told = found.get(f"{step}.body.error_message") or found.get(f"{step}.body.error")
    ok, status = found[f"{step}.ok"], found[f"{step}.status"]
    kept = found if step == "upload" else {p: v for p, v in found.items() if p.startswith("upload")}
    return _without(kept, (f"{step}.",)) | {step: "accepted" if ok else f"refused {status}: {told}"}


def _without(found: dict, prefixes: tuple[str, ...]) -> dict:
    return {place: value for place, value in found.items() if not place.startswith(prefixes)}


def _was_ended(record: Record, answer: dict) -> bool:
    return "terminate" in record.answer and "terminate" in answer


def _terminated(record: Record, answer: dict) -> tuple[bool, bool]:
    """One that ended well there would have done so without being terminated."""
    sides = ["terminate" in side for side in (record.answer, answer)]
    well = record.answer.get("history", [None])[-1] == "Succeeded"
    return (False, False) if well or not answer.get("history") else (sides[0], sides[1])


def _same_way(there: list | None, here: list | None) -> bool:
    if not there or not here or there[-1] != here[-1]:
        return False
    if not set(here) ^ set(there) <= PASSING:
        return False
    both = set(there) & set(here)
    return [s for s in there if s in both] == [s for s in here if s in both]


def _whole(found: dict, other: dict) -> dict:
    """A node that the other side lacks is one difference, not one a field."""
    others = {m.group(1) for place in other if (m := NODE.match(place))}
    kept: dict[str, object] = {}
    for place, value in found.items():
        match = NODE.match(place)
        if match and match.group(1) not in others:
            fields = [found.get(f"{match.group(1)} .{f}") for f in ("type", "phase", "message")]
            kept[match.group(1)] = " ".join(str(f) for f in fields if f)
        elif not place.startswith("log ") or f"node {place[4:]}" in others or place in other:
            kept[place] = value
    return kept


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 60]} ... {text[-40:]}"
