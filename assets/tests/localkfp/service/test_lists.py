"""Lists: what SQL keeps, sorts and pages is what the filter, the order and the token say."""

from __future__ import annotations

import base64
import json

import pytest
from localkfp.service import experiments, runs
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store

NAMES = ("alpha", "Beta", "ÉTÉ été", "12 months", "7 days", "가나다", "per%cent_")
RUN = {
    "description": "",
    "service_account": "",
    "manifest": "{}",
    "parameters": "{}",
    "message": "",
}


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "localkfp.sqlite")
    for number, name in enumerate(NAMES):
        opened.insert(
            "runs",
            name=name,
            workflow_name=name,
            experiment_id="e" if number % 2 else "f",
            phase="Failed" if number % 2 else "Succeeded",
            created_at=f"2026-11-30T19:00:0{number}Z",
            archived=int(number == 0),
            **RUN,
        )
    yield opened
    opened.close()


@pytest.fixture
def listed(store, tmp_path):
    def ask(*among, **query):
        found, total, token = runs.page(store, tmp_path, query, *among)
        return [row["name"] for row in found], total, token

    return ask


def predicate(key, op, **value):
    return json.dumps({"predicates": [{"key": key, "op": op, **value}]})


def at(second):
    return {"timestamp_value": f"2026-11-30T19:00:0{second}Z"}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (predicate("name", "EQUALS", string_value="ALPHA"), ["alpha"]),
        (predicate("name", "IS_SUBSTRING", string_value="été ÉT"), ["ÉTÉ été"]),
        (predicate("name", "IS_SUBSTRING", string_value="%"), ["per%cent_"]),
        (predicate("name", "IS_SUBSTRING", string_value=""), list(NAMES)),
        (predicate("name", "IS_SUBSTRING", string_value="나"), ["가나다"]),
        (predicate("name", "EQUALS", int_value=12), ["12 months"]),
        (predicate("name", "GREATER_THAN", long_value="6"), ["12 months", "7 days"]),
        (predicate("name", "IN", string_values={"values": ["beta", "x"]}), ["Beta"]),
        (predicate("name", "IN", int_values={"values": [7, 12]}), ["12 months", "7 days"]),
        (predicate("name", "IN", string_values={"values": []}), []),
        (predicate("name", "LESS_THAN", string_value="B"), ["alpha", "12 months", "7 days"]),
        (predicate("created_at", "EQUALS", **at(3)), ["12 months"]),
        (predicate("created_at", "LESS_THAN_EQUALS", **at(1)), ["alpha", "Beta"]),
        (predicate("created_at", "GREATER_THAN", **at(5)), ["per%cent_"]),
        (predicate("created_at", "GREATER_THAN", string_value="2026-11-30"), list(NAMES)),
        (predicate("scheduled_at", "GREATER_THAN", **at(0)), []),
        (predicate("status", "EQUALS", string_value="failed"), ["Beta", "12 months", "가나다"]),
        (
            predicate("storage_state", "EQUALS", string_value="STORAGESTATE_ARCHIVED"),
            ["alpha"],
        ),
    ],
)
def test_a_filter_keeps_what_it_says(listed, wanted, names):
    assert listed(filter=wanted)[:2] == (names, len(names))


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", list(NAMES)),
        ("created_at desc", list(reversed(NAMES))),
        ("name", ["12 months", "7 days", "alpha", "Beta", "per%cent_", "ÉTÉ été", "가나다"]),
        (
            "status desc",
            ["per%cent_", "7 days", "ÉTÉ été", "alpha", "가나다", "12 months", "Beta"],
        ),
    ],
)
@pytest.mark.parametrize("size", ["1", "2", "3", "7"])
def test_pages_give_every_row_once_in_order(listed, order, names, size):
    got, total, token = listed(sort_by=order, page_size=size)
    while token:
        more, total, token = listed(page_token=token, page_size=size)
        got += more
    assert (got, total) == (names, len(NAMES))


def test_what_comes_or_goes_meanwhile_shifts_no_page(store, listed):
    first, _, token = listed(sort_by="created_at desc", page_size="3")
    store.insert("runs", name="new", workflow_name="n", experiment_id="e", phase="", **RUN)
    gone = store.rows("runs", name=first[-1])[0]
    store.delete("runs", gone["id"])  # the very row that the token names
    second, total, _ = listed(page_token=token)
    assert (second, total) == (list(reversed(NAMES))[3:], len(NAMES))


def test_a_metric_sorts_and_those_without_it_come_first(store, listed):
    rows = store.rows("runs")
    for row, value in zip(rows[2:5], (0.5, -1.0, 0.5), strict=True):
        store.add_metric(row["id"], "node", "accuracy", value, "RAW")
    got, _, token = listed(sort_by="metric:accuracy", page_size="5")
    more, _, _ = listed(page_token=token)
    without = [NAMES[n] for n in (0, 1, 5, 6)]
    assert got + more == [*without, NAMES[3], NAMES[2], NAMES[4]]
    assert listed(sort_by="metric:accuracy desc", page_size="1")[0] == [NAMES[4]]


def test_a_reference_is_looked_for_by_type_and_id(store, listed):
    refs = [{"type": "JOB", "id": "j", "relationship": "CREATOR", "name": "n"}]
    for row in store.rows("runs")[:2]:
        store.update("runs", row["id"], refs=json.dumps(refs))
    assert listed("JOB", "j")[0] == ["alpha", "Beta"]
    assert listed("NAMESPACE", "j")[0] == listed("JOB", "n")[0] == []
    assert listed("EXPERIMENT", "e")[0] == ["Beta", "12 months", "가나다"]


def test_a_list_of_runs_reads_no_manifest(store):
    """Among 20,000 runs a page must not go through the rows themselves, which are long."""
    seen = []
    store._connection.set_trace_callback(seen.append)
    runs.page(store, None, {"filter": predicate("name", "IS_SUBSTRING", string_value="a")})
    store._connection.set_trace_callback(None)
    plans = [
        step["detail"]
        for query in seen
        if "casefold" in query
        for step in store._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    ]
    assert len(plans) == 2
    assert all("USING COVERING INDEX run_list" in plan for plan in plans)


@pytest.mark.parametrize(
    "token",
    [
        ["\ud800", 1, "", ""],
        ["x", 2**63, "", ""],
        [None, 1, "", ""],
        [[], 1, "", ""],
        ["x", 1],
    ],
)
def test_a_token_that_nobody_gave_is_refused(listed, token):
    text = base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
    with pytest.raises(ServiceError, match="not one that this server gave"):
        listed(page_token=text)


def test_a_filter_of_many_predicates_is_refused_in_words(store):
    one = {"key": "name", "op": "EQUALS", "string_value": "x"}
    text = json.dumps({"predicates": [one] * 1500})
    with pytest.raises(ServiceError, match="at most 200 predicates"):
        experiments.page(store, {"filter": text})
    with pytest.raises(ServiceError, match="not JSON with predicates"):
        experiments.page(store, {"filter": predicate("name", "EQUALS", string_value="\ud800")})
