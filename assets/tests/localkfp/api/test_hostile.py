"""What nobody should send: it's answered with a sentence, or not taken at all."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import random
import re
import select
import socket
import tarfile
import uuid
import zipfile
from urllib.parse import quote, urlsplit

import pytest
import yaml
from localkfp.errors import WorkflowError
from localkfp.workflow.package import read_package
from tests.support.workflows import dag, pod, task, workflow

API = "/apis/v1beta1"
MANIFEST = json.dumps(workflow(pod()))


@pytest.fixture
def ask(host):
    """Sends a request as it is; gives the status and the text of the answer."""

    def send(method, path, body=None, **headers):
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
        data = json.dumps(body) if isinstance(body, dict | list) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, data, names)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    return send


def upload(ask, data, filename, to="upload"):
    part = f'Content-Disposition: form-data; name="uploadfile"; filename="{filename}"'
    body = f"--b\r\n{part}\r\n\r\n".encode() + data + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    return ask("POST", f"{API}/pipelines/{to}", body, Content_Type=kind)


# ---- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:8090", "localhost.evil.example", ""]
)
def test_a_foreign_host_is_forbidden(ask, name):
    status, text = ask("GET", f"{API}/healthz", Host=name)
    assert status in (400, 403)
    assert "tag_name" not in text


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:1", "[::1]:8090", "LOCALHOST"])
def test_this_machine_may_ask(ask, name):
    assert ask("GET", f"{API}/healthz", Host=name)[0] == 200


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Origin": "http://localhost.evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["runs", "experiments", "pipelines/upload", "jobs", "nothing"])
def test_a_page_of_another_site_changes_nothing(ask, path, headers):
    status, text = ask("POST", f"{API}/{path}", {"name": "x"}, **headers)
    assert (status, json.loads(text)["code"]) == (403, 7)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:8888"}])
def test_a_page_of_this_machine_may(ask, headers):
    assert ask("POST", f"{API}/experiments", {}, **headers)[0] == 400


@pytest.mark.parametrize("path", ["/x", "/apis/v1beta1", f"{API}/x", f"{API}/runs/a/b/c", "//"])
def test_an_unknown_path_is_not_found(ask, path):
    assert ask("GET", path) == (404, "Not Found\n")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_an_unknown_method_is_refused(ask, method):
    assert ask(method, f"{API}/runs")[0] in (404, 405)


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


@pytest.mark.parametrize("path", ["runs", "experiments", "pipelines/upload", "healthz", "jobs"])
def test_a_method_that_a_path_does_not_take_is_refused_in_words(ask, path):
    status, text = ask("PUT", f"{API}/{path}", b"{}")
    assert status in (405, 501)
    assert re.search("PUT is not taken at this path|recurring runs", json.loads(text)["error"])


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
    "resource_references.key.type": NO_TEXT,
    "resource_references.key.id": NO_TEXT,
    "pipeline_spec": NO_OBJECT,
    "pipeline_spec.workflow_manifest": [*NO_TEXT, "x", "[]"],
    "pipeline_spec.pipeline_id": NO_TEXT,
    "pipeline_spec.parameters": [*NO_LIST, [1], ["x"], [[]], [None]],
    "pipeline_spec.parameters.name": [*NO_TEXT, None],
    "pipeline_spec.parameters.value": NO_TEXT,
}
CASES = [(field, value) for field, values in WRONG.items() for value in values]


def good_run():
    return {
        "name": "x",
        "description": "x",
        "service_account": "x",
        "resource_references": [{"key": {"type": "X", "id": "x"}, "relationship": "OWNER"}],
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
        ({}, {"type": "PIPELINE_VERSION", "id": "nope"}),
        ({"workflow_manifest": MANIFEST}, {"type": "EXPERIMENT", "id": "nope"}),
    ],
)
def test_a_run_of_what_does_not_exist_is_not_found(ask, spec, reference):
    references = [{"key": reference}] if reference else []
    body = {"name": "x", "pipeline_spec": spec, "resource_references": references}
    status, text = ask("POST", f"{API}/runs", body)
    assert (status, json.loads(text)["code"]) == (404, 5), text


def test_a_workflow_that_would_write_elsewhere_is_refused(ask):
    manifest = json.dumps({**workflow(pod()), "metadata": {"generateName": "../../../x-"}})
    spec = {"workflow_manifest": manifest}
    assert ask("POST", f"{API}/runs", {"name": "x", "pipeline_spec": spec})[0] == 400


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
    "filter=" + quote('{"predicates": [{"op": 3, "key": "name", "intValue": 1}]}'),
    "filter=" + quote('{"predicates": [{"op": 8, "key": "name", "intValue": 1}]}'),
    "filter=" + quote('{"predicates": [{"op": 9, "key": "name"}]}'),
    "filter=" + "[" * 20_000,
    "filter=%ff",
]


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_query_that_makes_no_sense_is_refused(ask, query):
    status, text = ask("GET", f"{API}/experiments?{query}")
    assert status == 400, text


# ---- uploads -------------------------------------------------------------------------------------


def zipped(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


def tarred(*members, tail=b""):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(data.getvalue() + tail, 1)


def member(name, content=b"", kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(content)
    return info, content


def with_password():
    """An archive whose only file is marked as encrypted."""
    data = bytearray(zipped(pipeline_yaml=MANIFEST))
    data[6] |= 1  # the local header's flags
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the directory's
    return bytes(data)


LAUGHS = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
ZEROS = bytes(33 << 20)
UPLOADS = {
    "33 MiB": (b"#" * (33 << 20), "x.yaml", "larger than 32 MiB"),
    "a zip bomb": (zipped(pipeline_yaml=ZEROS), "x.zip", "larger than 32 MiB"),
    "a gzip bomb": (gzip.compress(ZEROS, 1), "x.tgz", "unpacks to more than 32 MiB"),
    "a tar bomb": (tarred(member("a", ZEROS)), "x.tar.gz", "unpacks to more than 32 MiB"),
    "a zip without a file": (zipped(), "x.zip", "no pipeline package"),
    "a zip with a password": (with_password(), "x.zip", "is damaged: .*encrypted"),
    "half a zip": (zipped(pipeline_yaml=MANIFEST)[:90], "x.zip", "is damaged"),
    "half a gzip": (tarred(member("a", b"x" * 9000))[:60], "x.tgz", "is damaged"),
    "a gzip of text": (gzip.compress(MANIFEST.encode()), "x.tgz", "is damaged"),
    "a tar without a file": (tarred(), "x.tgz", "holds no file"),
    "a tar of a link": (
        tarred(member("pipeline.yaml", kind=tarfile.SYMTYPE, target="/etc/passwd")),
        "x.tgz",
        "holds no file",
    ),
    "a tar of a hard link": (
        tarred(member("pipeline.yaml", kind=tarfile.LNKTYPE, target="/etc/passwd")),
        "x.tgz",
        "holds no file",
    ),
    "a tar of a device": (
        tarred(member("pipeline.yaml", kind=tarfile.CHRTYPE)),
        "x.tgz",
        "no file",
    ),
    "another kind of file": (b"%PDF-1.7", "x.pdf", "no pipeline package"),
    "another kind of Workflow": (b"kind: Pod", "x.yaml", "unknown template format"),
    "no YAML": (b"a: [", "x.yaml", "not valid YAML"),
    "an alias": (b"a: &x 1\nb: *x", "x.yaml", "uses a YAML alias, line 2"),
    "a billion laughs": (LAUGHS, "x.yaml", "uses a YAML alias"),
    "a key that stands twice": (b"a: 1\na: 2", "x.yaml", "'a' stands twice in one mapping, line 2"),
    "a key twice in JSON": (b'{"a": 1, "a": 2}', "x.json", "'a' stands twice"),
    "a deep YAML": (b"[" * 1000, "x.yaml", "nested more than 64 levels"),
    "a deep JSON": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "x.json", "nested more than 64 levels"),
    "many small values": (
        b"x: [" + b"1," * (15 << 20) + b"1]",
        "x.yaml",
        "more than 500,000 values",
    ),
    "many in JSON": (b'{"x":[' + b"[]," * 600_000 + b"1]}", "x.json", "more than 500,000 values"),
    "a Python object": (b"!!python/object/apply:os.system [id]", "x.yaml", "not valid YAML"),
    "a merge key": (b"a: {<<: {b: 1}}\nkind: Pod", "x.yaml", "unknown template format"),
    "nothing": (b"", "x.yaml", "holds no mapping"),
    "no number of JSON": (
        b'{"kind": "Workflow", "apiVersion": "argoproj.io/v1", "x": NaN}',
        "x.json",
        "JSON lacks",
    ),
    "NUL bytes": (b"\0" * 100, "x.yaml", "not valid YAML"),
    "no UTF-8": (b"a: \xff", "x.yaml", "not UTF-8 text"),
    "parameters of a wrong type": (
        yaml.safe_dump({**workflow(pod()), "spec": {"arguments": [1]}}).encode(),
        "x.yaml",
        "'arguments' must be a mapping",
    ),
    "a name that is too long": (MANIFEST.encode(), f"{'x' * 200}.yaml", "at most 100 characters"),
}


@pytest.mark.parametrize(("data", "filename", "words"), UPLOADS.values(), ids=UPLOADS)
def test_a_hostile_upload_is_refused_in_words(ask, data, filename, words):
    status, text = upload(ask, data, filename)
    assert status == 400, text
    assert re.search(words, json.loads(text)["error_message"])


def test_a_link_in_a_tar_is_not_taken_for_the_pipeline(ask):
    data = tarred(
        member("pipeline.yaml", kind=tarfile.SYMTYPE, target="/etc/passwd"),
        member("../../real.yaml", MANIFEST.encode()),
    )
    assert yaml.safe_load(read_package("x.tgz", data)) == json.loads(MANIFEST)


PART = b'Content-Disposition: form-data; name="uploadfile"; filename="x.yaml"\r\n\r\n'
BROKEN = {
    "no boundary": (b"--b\r\n" + PART + b"x\r\n--b--", "multipart/form-data"),
    "no end": (b"--b\r\n" + PART + b"x", "multipart/form-data; boundary=b"),
    "no headers": (b"--b\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    "no filename": (
        b"--b\r\n" + PART.replace(b"; filename=", b"; x=") + b"x\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    "no form": (MANIFEST.encode(), "application/x-yaml"),
}


@pytest.mark.parametrize(("body", "kind"), BROKEN.values(), ids=BROKEN)
def test_a_broken_form_is_refused_in_words(ask, body, kind):
    status, text = ask("POST", f"{API}/pipelines/upload", body, Content_Type=kind)
    assert status == 400
    assert re.search(r"\w+ \w+ \w+", text)


@pytest.mark.parametrize("field", ["name", "description"])
def test_a_text_with_a_nul_is_refused_in_words(ask, field):
    body = {"name": "x", "description": "x", field: "a\0b"}
    status, text = ask("POST", f"{API}/experiments", body)
    assert status == 400
    assert f"{field!r} has the character NUL" in json.loads(text)["error"]


def test_an_upload_without_a_file_is_refused(ask):
    status, text = ask("POST", f"{API}/pipelines/upload", b"")
    assert status == 400
    assert "no part named 'uploadfile'" in json.loads(text)["error_message"]


def test_a_version_for_no_pipeline_is_not_found(ask):
    to = "upload_version?name=x&pipelineid=nope"
    status, text = upload(ask, MANIFEST.encode(), "x.yaml", to)
    assert (status, json.loads(text)["code"]) == (404, 5)


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_a_damaged_archive_is_refused_whatever_the_damage(kind):
    good = {
        "zip": zipped(pipeline_yaml=MANIFEST),
        "tgz": tarred(member("pipeline.yaml", MANIFEST.encode())),
    }[kind]
    chance = random.Random(1)
    for _ in range(1500):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        try:
            read_package(f"x.{kind}", bytes(data))
        except WorkflowError as error:
            assert str(error)  # noqa: PT017, what is damaged may also be read


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


# ---- what takes long -----------------------------------------------------------------------------


def test_others_are_answered_while_a_large_file_is_read(ask, host):
    """A file just below the limits is read for seconds; asked meanwhile, the server is well."""
    name = uuid.uuid4().hex
    part = f'Content-Disposition: form-data; name="uploadfile"; filename="{name}.yaml"\r\n\r\n'
    text = yaml.safe_dump(workflow(pod())) + "x:\n" + "- a: b\n" * 50_000
    body = f"--b\r\n{part}{text}\r\n--b--\r\n".encode()
    uploading = http.client.HTTPConnection(urlsplit(host).netloc, timeout=120)
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    uploading.request("POST", f"{API}/pipelines/upload", body, kind)
    answers = 0
    while not select.select([uploading.sock], [], [], 0)[0]:
        assert ask("GET", f"{API}/healthz")[0] == 200
        answers += 1
    answer = uploading.getresponse()
    assert (answer.status, json.loads(answer.read())["name"]) == (200, f"{name}.yaml")
    uploading.close()
    assert answers > 2
