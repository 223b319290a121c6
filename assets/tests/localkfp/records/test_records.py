"""Every package that a genuine cluster was asked to run: localkfp answers what the cluster did.

Packages that were refused there are played by default, the others with `-m slow` or by name:
`pytest assets/tests/localkfp/records -k c36`.
"""

from __future__ import annotations

import re

import pytest
from tests.support.records.book import records
from tests.support.records.differences import differences, unmeant
from tests.support.records.meant import everywhere, kinds, open_records
from tests.support.records.page import FILE, page

SECONDS = 120
OPEN = open_records()


@pytest.mark.parametrize("record", records().values(), ids=lambda record: record.name)
def test_localkfp_answers_as_the_cluster_did(record, played):
    found = unmeant(record, played[record.name].result(SECONDS))
    told = "\n".join(map(str, (f"{record.name}: {record.ask}", *found)))
    if record.name in OPEN:
        assert found, f"{record.name} is as it is there now: take it out of open.txt"
        pytest.xfail(told)
    assert not found, told


MEANT = [
    pytest.param(kind, [records()[name] for name in kind.records], id=kind.kind)
    for kind in kinds("records")
    if not kind.by_chance
]


@pytest.mark.parametrize(("kind", "together"), MEANT)
def test_what_is_meant_to_differ_does(kind, together, played):
    places = {
        record.name: [d.place for d in differences(record, played[record.name].result(SECONDS))]
        for record in together
    }
    needless = [n for n, found in places.items() if not any(kind.covers(n, p) for p in found)]
    assert not needless, "take them out of meant.yaml"
    found = [place for some in places.values() for place in some]
    never = [p for p in kind.places if not any(re.fullmatch(p, place, re.S) for place in found)]
    assert not never, "take these places out of meant.yaml"


ANY = [[records()["a13_expr_good"]]]


@pytest.mark.parametrize("together", ANY, ids=["a13_expr_good"])
def test_what_is_never_compared_is_there(together, played):
    here = [played[record.name].result(SECONDS) for record in together]
    answers = [*(record.answer for record in records().values()), *here]
    logs = [str(log) for answer in answers for log in (answer.get("logs") or {}).values()]
    patterns = [re.compile(p, re.M) for p in everywhere("lines") + everywhere("unordered")]
    assert [p.pattern for p in patterns if not any(p.search(log) for log in logs)] == []
    nodes = str([answer["workflow"] for answer in answers if answer.get("workflow")])
    assert [field for field in everywhere("fields") if f"'{field}'" not in nodes] == []


def test_every_open_record_and_every_one_that_is_meant_to_differ_is_a_record():
    named = {name for kind in kinds("records") for name in kind.records}
    assert (named | OPEN) <= records().keys()


def test_the_page_says_what_is_meant():
    assert FILE.read_text() == page(), "run: python -m tests.support.records --page"
