"""A store for each test, and a cluster that does at once what it is asked."""

from __future__ import annotations

import re

import pytest
from tests.support.handed_in_notebooks.object_store import BUCKET, object_store
from tests.support.handed_in_notebooks.sent_away import Cluster
from workbook.grading.cluster import away


@pytest.fixture(scope="module")
def options():
    with object_store() as found:
        yield found


@pytest.fixture
def url(options, request):
    return f"s3://{BUCKET}/{re.sub('[^a-z0-9]+', '-', request.node.name)}?{options}"


@pytest.fixture
def cluster(monkeypatch):
    made = Cluster()
    monkeypatch.setattr(away, "_client", lambda _host: made)
    return made
