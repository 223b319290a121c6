"""Every package that a genuine cluster was asked to run: localkfp answers what the cluster did.

Packages that were refused there are played by default, the others with `-m slow` or by name:
`pytest assets/tests/localkfp/records -k c36`.
"""

from __future__ import annotations

import pytest
from tests.support.records.book import records
from tests.support.records.differences import unmeant
from tests.support.records.meant import kinds, open_records
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


def test_every_open_record_and_every_one_that_is_meant_to_differ_is_a_record():
    named = {name for kind in kinds("records") for name in kind.records}
    assert (named | OPEN) <= records().keys()


def test_the_page_says_what_is_meant():
    assert FILE.read_text() == page(), "run: python -m tests.support.records --page"
