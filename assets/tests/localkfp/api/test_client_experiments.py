"""Experiments and lists, by an unmodified kfp.Client over the socket."""

from __future__ import annotations

import json
import uuid

import kfp
import pytest
from tests.support.client import SUM, predicates, refused
from tests.support.workflows import pod, workflow


def test_an_experiment_is_made_once_and_found_by_name_and_id(client, name):
    made = client.create_experiment(name, "설명")
    assert client.create_experiment(name).id == made.id
    assert client.get_experiment(experiment_name=name).id == made.id
    assert client.get_experiment(made.id).description == "설명"
    client.delete_experiment(made.id)
    with pytest.raises(ValueError, match="No experiment is found"):
        client.get_experiment(experiment_name=name)


def test_a_name_with_quotes_percent_and_plus_is_found_again(client, name):
    odd = f'{name} 100% + "x" 가 \\ /?#&'
    assert client.create_experiment(odd).id == client.get_experiment(experiment_name=odd).id


def test_the_name_of_an_experiment_has_255_characters_at_most(client, name):
    longest = f"{name:가<255}"
    assert client.create_experiment(longest).name == longest
    status, body = refused(client.experiments.create_experiment, {"name": f"{longest}x"})
    assert (status, body["code"]) == (400, 3)
    assert "at most 255 characters" in body["error"]


def test_the_name_of_an_experiment_is_taken_whatever_its_case(client, name):
    made = client.create_experiment(f"{name} ABC")
    assert client.create_experiment(f"{name} abc").id == made.id
    status, body = refused(client.experiments.create_experiment, {"name": f"{name} Abc"})
    assert (status, body["code"]) == (409, 6)
    assert "Please specify a new name" in body["error"]


def test_archiving_an_experiment_takes_its_runs_along(client, name, package, ended):
    experiment = client.create_experiment(name)
    run = client.run_pipeline(experiment.id, name, package, SUM)
    ended(run.id)
    client.archive_experiment(experiment.id)
    assert client.get_experiment(experiment.id).storage_state == "STORAGESTATE_ARCHIVED"
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"
    client.experiments.unarchive_experiment(experiment.id)
    assert client.get_experiment(experiment.id).storage_state == "STORAGESTATE_AVAILABLE"
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"
    client.runs.unarchive_run(run.id)
    assert client.get_run(run.id).run.storage_state is None
    client.runs.archive_run(run.id)
    assert client.get_run(run.id).run.storage_state == "STORAGESTATE_ARCHIVED"


def test_a_run_without_an_experiment_is_in_the_default_one_even_after_it_was_deleted(
    client, package
):
    client.delete_experiment(client.create_experiment("Default").id)
    body = {"name": "x", "pipeline_spec": {"workflow_manifest": json.dumps(workflow(pod()))}}
    reference = client.runs.create_run(body).run.resource_references[0]
    assert (reference.name, reference.key.type) == ("Default", "EXPERIMENT")


def test_an_error_has_the_body_of_grpc(client):
    status, body = refused(client.get_run, "no-such-run")
    full = "ResourceNotFoundError: Run no-such-run not found."
    assert status == 404
    assert body == {
        "error": full,
        "message": full,
        "code": 5,
        "details": [
            {
                "@type": "type.googleapis.com/api.Error",
                "error_message": "Run no-such-run not found.",
                "error_details": full,
            }
        ],
    }


def test_the_prefix_of_the_web_page_is_taken_too(host):
    client = kfp.Client(host=f"{host}/pipeline")
    assert client.create_experiment("Default").name == "Default"


# ---- lists ---------------------------------------------------------------------------------------


def test_a_page_has_200_entries_at_most(client, name):
    for number in range(202):
        client.experiments.create_experiment({"name": f"{name} {number}"})
    found = client.list_experiments(page_size=1000, filter=predicates("name", "IS_SUBSTRING", name))
    assert (len(found.experiments), found.total_size) == (200, 202)
    assert found.next_page_token


def test_a_list_is_filtered_sorted_and_paged(client, name):
    names = [f"{name} {letter}" for letter in "caeb"]
    for each in names:
        client.create_experiment(each)
    wanted = predicates("name", "IS_SUBSTRING", name)
    more = {"page_size": 3, "sort_by": "name desc", "filter": wanted}
    first = client.list_experiments(**more)
    rest = client.list_experiments(page_token=first.next_page_token, **more)
    assert [e.name[-1] for e in first.experiments] == ["e", "c", "b"]
    assert [e.name[-1] for e in rest.experiments] == ["a"]
    assert (first.total_size, rest.total_size, rest.next_page_token) == (4, 4, None)
    in_order = client.list_experiments(filter=wanted).experiments
    assert [e.name for e in in_order] == names


# predicate: the last letters of the experiments a, b, c that it leaves
FILTERS = [
    ({"op": 1, "stringValue": "{} b"}, "b"),
    ({"op": "EQUALS", "string_value": "{} b"}, "b"),
    ({"op": "NOT_EQUALS", "string_value": "{} b"}, "ac"),
    ({"op": "GREATER_THAN", "string_value": "{} b"}, "c"),
    ({"op": "GREATER_THAN_EQUALS", "string_value": "{} b"}, "bc"),
    ({"op": "LESS_THAN", "string_value": "{} b"}, "a"),
    ({"op": "LESS_THAN_EQUALS", "string_value": "{} b"}, "ab"),
    ({"op": "IN", "string_values": {"values": ["{} c", "{} a"]}}, "ac"),
    ({"op": 9, "stringValue": "{}"}, "abc"),
    ({"op": 1, "key": "storage_state", "stringValue": "STORAGESTATE_ARCHIVED"}, ""),
]


@pytest.fixture(scope="module")
def three(client):
    name = f"three {uuid.uuid4()}"
    for letter in "abc":
        client.create_experiment(f"{name} {letter}")
    return name


@pytest.mark.parametrize(("predicate", "letters"), FILTERS)
def test_a_predicate(client, three, predicate, letters):
    wanted = json.loads(json.dumps({"key": "name", **predicate}).replace("{}", three))
    ours = {"key": "name", "op": "IS_SUBSTRING", "stringValue": three}
    text = json.dumps({"predicates": [wanted, ours]})
    found = client.list_experiments(page_size=200, filter=text).experiments or []
    assert "".join(e.name[-1] for e in found) == letters


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"sort_by": "color"}, 'Invalid sorting field: "color" on listable type Run'),
        ({"sort_by": "name up"}, "Use: field [asc|desc]"),
        ({"page_size": -1}, "page size should be greater than 0"),
        ({"page_token": "rubbish"}, "The page token is not one that this server gave"),
        ({"filter": "rubbish"}, "The filter is not JSON with predicates"),
        ({"filter": predicates("color", 1, "x")}, 'Invalid filter field: "color"'),
        ({"filter": predicates("name", 99, "x")}, "Unknown filter operation 99"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_words(client, query, words):
    status, body = refused(client.list_runs, **query)
    assert (status, body["code"]) == (400, 3)
    assert words in body["error"]


def test_a_page_token_belongs_to_its_order(client, three):
    token = client.list_experiments(page_size=1, sort_by="name").next_page_token
    status, body = refused(client.list_experiments, page_token=token, sort_by="id")
    assert status == 400
    assert "another sort_by or filter" in body["error"]
