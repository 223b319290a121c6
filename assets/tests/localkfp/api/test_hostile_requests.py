"""What nobody should send: it's answered with a sentence, or not taken at all."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import quote, urlsplit

import pytest
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"
MANIFEST = json.dumps(workflow(pod()))


# ---- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:8090", "localhost.evil.example", ""]
)
def test_a_foreign_host_is_forbidden(ask, name):
    status, text = ask("GET", f"{API}/healthz", Host=name)
    assert status == 403
    assert "tag_name" not in text


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:1", "[::1]:8090", "LOCALHOST"])
def test_this_machine_may_ask(ask, name):
    assert ask("GET", f"{API}/healthz", Host=name)[0] == 200


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8888"},  # another program's page on this machine
    {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["runs", "experiments", "pipelines/upload", "jobs", "nothing"])
def test_a_page_of_another_site_changes_nothing(ask, path, headers):
    status, text = ask("POST", f"{API}/{path}", {"name": "x"}, **headers)
    assert (status, json.loads(text)["code"]) == (403, 7)


def test_a_page_of_this_very_server_may(ask, host):
    for headers in ({}, {"Origin": host}, {"Origin": host, "Sec_Fetch_Site": "same-origin"}):
        assert ask("POST", f"{API}/experiments", {}, **headers)[0] == 400


def test_a_page_elsewhere_reads_nothing_by_script(ask, host):
    assert ask("GET", f"{API}/runs", Origin="http://localhost:8888")[0] == 403
    assert ask("GET", f"{API}/runs", Sec_Fetch_Site="cross-site")[0] == 200  # a link to us


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "TEXT/plain;x"]
)
@pytest.mark.parametrize("path", ["runs", "experiments", "pipelines/upload", "jobs"])
def test_what_any_page_can_send_unasked_is_not_taken(ask, path, kind):
    status, text = ask("POST", f"{API}/{path}", {"name": "x"}, Content_Type=kind)
    assert status == 415
    assert "application/json or multipart/form-data" in json.loads(text)["error"]


@pytest.mark.parametrize("path", ["/x", "/apis/v1beta1", f"{API}/x", f"{API}/runs/a/b/c", "//"])
def test_an_unknown_path_is_not_found(ask, path):
    assert ask("GET", path) == (404, "Not Found\n")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_an_unknown_method_is_refused(ask, method):
    assert ask(method, f"{API}/runs")[0] == 405


def raw(host, data):
    """Send bytes as they are; the first line of the answer, and its text."""
    address = urlsplit(host)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(data)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


LINE = f"GET {API}/healthz HTTP/1.1\r\nHost: localhost\r\n".encode()


def test_headers_that_are_too_long_are_refused_in_words(host):
    data = LINE + b"X: " + b"x" * 100_000 + b"\r\n\r\n"
    status, text = raw(host, data)
    assert status == 431
    assert "The headers have more than" in json.loads(text)["error"]


@pytest.mark.parametrize(
    "data",
    [
        LINE + b"Host: evil.example\r\n\r\n",
        LINE + b"Content-Length: -1\r\n\r\n",
        LINE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        LINE + b"No colon\r\n\r\n",
        LINE.replace(b"HTTP/1.1", b"HTTP/9") + b"\r\n",
        b"\x16\x03\x01\r\n\r\n",
    ],
    ids=range(6),
)
def test_what_is_no_http_is_refused(host, data):
    assert 400 <= raw(host, data)[0] < 500


@pytest.mark.parametrize("path", ["runs", "experiments", "pipeline_versions", "healthz"])
def test_a_method_that_a_path_does_not_take_is_refused_in_words(ask, path):
    status, text = ask("PUT", f"{API}/{path}", b"{}")
    assert status == 405
    assert "PUT is not taken at this path" in json.loads(text)["error"]


# ---- bodies --------------------------------------------------------------------------------------

NO_OBJECTS = [
    *(b"{", b"[]", b"1", b'"x"', b"null", b"\xff", b'{"name": "\\ud800"}', b"[" * 100_000),
    b'{"a":' * 100_000,
]


@pytest.mark.parametrize("body", NO_OBJECTS, ids=range(len(NO_OBJECTS)))
@pytest.mark.parametrize("path", ["runs", "experiments"])
def test_what_is_no_json_object_is_refused(ask, path, body):
    status, text = ask("POST", f"{API}/{path}", body)
    assert (status, json.loads(text)["code"]) == (400, 3)
    assert "The request's body" in text


NO_TEXT = [0, 1, [], ["x"], {}, {"a": 1}, False, True]
NO_LIST = [0, 1, "", "x", {}, {"a": 1}, False, True]
NO_OBJECT = [0, 1, "", "x", [], ["x"], False, True]
WRONG = {
    "name": NO_TEXT,
    "description": NO_TEXT,
    "service_account": NO_TEXT,
    "resource_references": [*NO_LIST, [1], ["x"], [[]], [None]],
    "resource_references.key": NO_OBJECT,
    "resource_references.key.type": [9, -1, 1.5, [], {}, "X", "experiment", True],
    "resource_references.relationship": [9, -1, 1.5, [], {}, "FRIEND", True],
    "storage_state": [9, [], {}, "COLOUR"],
    "created_at": [*NO_TEXT, "yesterday", "2020-01-01"],
    "resource_references.key.id": NO_TEXT,
    "pipeline_spec": NO_OBJECT,
    "pipeline_spec.workflow_manifest": [*NO_TEXT, "x", "[]"],
    "pipeline_spec.pipeline_id": NO_TEXT,
    "pipeline_spec.parameters": [*NO_LIST, [1], ["x"], [[]], [None]],
    "pipeline_spec.parameters.name": NO_TEXT,
    "pipeline_spec.parameters.value": NO_TEXT,
}
CASES = [(field, value) for field, values in WRONG.items() for value in values]


def good_run():
    return {
        "name": "x",
        "description": "x",
        "service_account": "x",
        "resource_references": [{"key": {"type": "NAMESPACE", "id": "x"}, "relationship": "OWNER"}],
        "pipeline_spec": {
            "workflow_manifest": json.dumps(workflow(pod(), parameters=["x"])),
            "parameters": [{"name": "x", "value": "1"}],
        },
    }


def with_wrong(body, field, value):
    *above, last = field.split(".")
    place = body
    for step in above:
        place = place[step][0] if isinstance(place[step], list) else place[step]
    place[last] = value
    return body


def test_the_run_that_the_next_tests_spoil_is_good(ask):
    assert ask("POST", f"{API}/runs", good_run())[0] == 200


@pytest.mark.parametrize(("field", "value"), CASES)
def test_a_run_with_a_field_of_a_wrong_type_is_refused(ask, field, value):
    status, text = ask("POST", f"{API}/runs", with_wrong(good_run(), field, value))
    assert (status, json.loads(text)["code"]) == (400, 3), text


@pytest.mark.parametrize(
    ("field", "value"), [case for case in CASES if case[0] in ("name", "description")]
)
def test_an_experiment_with_a_field_of_a_wrong_type_is_refused(ask, field, value):
    body = with_wrong({"name": "x", "description": "x"}, field, value)
    status, text = ask("POST", f"{API}/experiments", body)
    assert (status, json.loads(text)["code"]) == (400, 3), text


NOT_RUN = [
    {},
    {"name": "x"},
    {"name": "x", "pipeline_spec": {}},
    {"name": "x", "pipeline_spec": {"workflow_manifest": MANIFEST, "pipeline_id": "x"}},
    {"name": "", "pipeline_spec": {"workflow_manifest": MANIFEST}},
]


@pytest.mark.parametrize("body", NOT_RUN)
def test_a_run_of_nothing_or_of_two_things_is_refused(ask, body):
    status, text = ask("POST", f"{API}/runs", body)
    assert (status, json.loads(text)["code"]) == (400, 3), text


@pytest.mark.parametrize(
    ("spec", "reference"),
    [
        ({"pipeline_id": "nope"}, None),
        ({}, ("CREATOR", {"type": "PIPELINE_VERSION", "id": "nope"})),
        ({"workflow_manifest": MANIFEST}, ("OWNER", {"type": "EXPERIMENT", "id": "nope"})),
        ({"workflow_manifest": MANIFEST}, ("CREATOR", {"type": "JOB", "id": "nope"})),
    ],
)
def test_a_run_of_what_does_not_exist_is_not_found(ask, spec, reference):
    references = [dict(zip(("relationship", "key"), reference, strict=True))] if reference else []
    body = {"name": "x", "pipeline_spec": spec, "resource_references": references}
    status, text = ask("POST", f"{API}/runs", body)
    assert (status, json.loads(text)["code"]) == (404, 5), text


def test_a_workflow_that_would_write_elsewhere_is_refused(ask):
    manifest = json.dumps({**workflow(pod()), "metadata": {"generateName": "../../../x-"}})
    spec = {"workflow_manifest": manifest}
    status, text = ask("POST", f"{API}/runs", {"name": "x", "pipeline_spec": spec})
    assert status == 500
    assert "a lowercase RFC 1123 subdomain must consist of" in json.loads(text)["error"]


@pytest.mark.parametrize("field", ["name", "description"])
def test_a_text_with_a_nul_is_refused_in_words(ask, field):
    body = {"name": "x", "description": "x", field: "a\0b"}
    status, text = ask("POST", f"{API}/experiments", body)
    assert status == 400
    assert f"{field!r} has the character NUL" in json.loads(text)["error"]


# ---- queries -------------------------------------------------------------------------------------

BAD_QUERIES = [
    "page_size=x",
    "page_size=-1",
    f"page_size={'9' * 5000}",
    "page_token=x",
    "page_token=WzFlOTk5LCIiLCIiXQ==",  # [1e999,"",""]
    "page_token=eyJhIjoxfQ==",
    "sort_by=x",
    "sort_by=name+up+down",
    "filter=x",
    "filter=[]",
    "filter=" + quote('{"predicates": 1}'),
    "filter=" + quote('{"predicates": [1]}'),
    "filter=" + quote('{"predicates": [{"op": [], "key": {}}]}'),
    "filter=" + quote('{"predicates": [{"op": 3, "key": "name", "intValue": 1.5}]}'),
    "filter=" + quote('{"predicates": [{"op": 3, "key": "name", "intValue": 2147483648}]}'),
    "filter=" + quote('{"predicates": [{"op": 3, "key": "name", "stringValue": 1}]}'),
    "filter=" + quote('{"predicates": [{"op": 1, "key": "name", "stringValues": {"values": []}}]}'),
    "filter=" + quote('{"predicates": [{"op": 1, "key": "NAME", "stringValue": "x"}]}'),
    "filter=" + quote('{"predicates": [{"op": 1, "key": "name", "colour": "x"}]}'),
    "filter=" + quote('{"predicates": [{"op": 3, "key": "created_at", "timestampValue": "now"}]}'),
    "filter=" + quote('{"predicates": [], "colour": 1}'),
    "page_size=",
    "page_size=2147483648",
    "page_size=2.5",
    "resource_reference_key=x",
    "resource_reference_key.type=COLOUR",
    "resource_reference_key.type=PIPELINE",
    "resource_reference_key.id=x",
    "filter=" + quote('{"predicates": [{"op": 8, "key": "name", "intValue": 1}]}'),
    "filter=" + quote('{"predicates": [{"op": 9, "key": "name"}]}'),
    "filter=" + "[" * 20_000,
    "filter=%ff",
]


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_query_that_makes_no_sense_is_refused(ask, query):
    status, text = ask("GET", f"{API}/experiments?{query}")
    assert status == 400, text


# ---- paths ---------------------------------------------------------------------------------------

PATHS = ["../x", "..%2f..%2fx", "%2e%2e%2f", "/etc/passwd", "%2fetc%2fpasswd", "x%00", "%ff", "*"]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_state_directory(ask, ended, path):
    _, text = ask("POST", f"{API}/runs", good_run())
    run = json.loads(text)["run"]["id"]
    live = json.loads(ended(run).pipeline_runtime.workflow_manifest)
    (node,) = live["status"]["nodes"]
    good = f"{API}/runs/{run}/nodes/{node}/artifacts/main-logs:read"
    assert ask("GET", good)[0] == 200
    for asked in (
        good.replace("main-logs", path),
        good.replace(node, path),
        good.replace(run, path),
        f"{API}/runs/{run}/nodes/{path}/log",
        f"{API}/pipelines/{path}/templates",
        f"{API}/experiments/{path}",
    ):
        status, text = ask("GET", asked)
        assert status in (400, 404), (asked, text)
        assert "root:" not in text


# ---- names in a Workflow -------------------------------------------------------------------------


def test_text_that_a_program_cannot_get_ends_the_run_and_not_the_server(ask, ended):
    """A NUL can't be an argument of a program; nor can half a surrogate pair."""
    tasks = [task("a", "nul"), task("b", "half")]
    manifest = workflow(dag("main", *tasks), pod("nul", "echo \0"), pod("half", "echo \ud800"))
    spec = {"workflow_manifest": json.dumps(manifest)}
    status, text = ask("POST", f"{API}/runs", {"name": "x", "pipeline_spec": spec})
    assert status == 200
    assert ended(json.loads(text)["run"]["id"]).run.status == "Error"
