"""Files that nobody should upload: each is refused with a sentence, or not taken at all."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import random
import re
import select
import tarfile
import uuid
import zipfile
from urllib.parse import urlsplit

import pytest
import yaml
from localkfp.errors import WorkflowError
from localkfp.workflow.package import read_package
from tests.support.workflows import pod, workflow

API = "/apis/v1beta1"
MANIFEST = json.dumps(workflow(pod()))


def upload(ask, data, filename, to="upload"):
    part = f'Content-Disposition: form-data; name="uploadfile"; filename="{filename}"'
    body = f"--b\r\n{part}\r\n\r\n".encode() + data + b"\r\n--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    return ask("POST", f"{API}/pipelines/{to}", body, Content_Type=kind)


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


LAUGHS = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (i + 1, i + 1, b", ".join([b"*a%d" % i] * 10)) for i in range(9)
)
FORMAT = (
    "Create pipeline failed: InvalidInputError: unknown template format: pipeline spec is invalid"
)
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
    "a billion laughs": (LAUGHS, "x.yaml", "more than 500,000 values"),
    "a deep YAML": (b"[" * 1000, "x.yaml", "nested more than 64 levels"),
    "a deep JSON": (b'{"a":' * 5000 + b"1" + b"}" * 5000, "x.json", "nested more than 64 levels"),
    "many small values": (
        b"x: [" + b"1," * (15 << 20) + b"1]",
        "x.yaml",
        "more than 500,000 values",
    ),
    "many in JSON": (b'{"x":[' + b"[]," * 600_000 + b"1]}", "x.json", "more than 500,000 values"),
    "a name that is too long": (MANIFEST.encode(), f"{'x' * 200}.yaml", "maximum length of 100"),
}
NO_WORKFLOWS = {
    "another kind of Workflow": b"kind: Pod",
    "no YAML": b"a: [",
    "an alias and no Workflow": b"a: &x 1\nb: *x",
    "a Python object": b"!!python/object/apply:os.system [id]",
    "nothing": b"",
    "NUL bytes": b"\0" * 100,
    "no UTF-8": b"a: \xff",
}


@pytest.mark.parametrize(("data", "filename", "words"), UPLOADS.values(), ids=UPLOADS)
def test_a_hostile_upload_is_refused_in_words(ask, data, filename, words):
    status, text = upload(ask, data, filename)
    assert status == 400, text
    assert re.search(words, json.loads(text)["error_message"])


@pytest.mark.parametrize("data", NO_WORKFLOWS.values(), ids=NO_WORKFLOWS)
def test_what_is_no_workflow_is_refused_in_the_words_of_the_server(ask, data):
    status, text = upload(ask, data, "x.yaml")
    assert status == 500, text
    told = f"Error creating pipeline: {FORMAT}"
    assert json.loads(text) == {"error_message": told, "error_details": told}


def test_an_error_of_argo_comes_first_in_the_details(ask):
    """Record a09_dup_templates."""
    status, text = upload(ask, json.dumps(workflow(pod(), pod())).encode(), "x.yaml")
    said = "spec.templates[1].name 'pod' is not unique"
    assert (status, json.loads(text)) == (
        500,
        {
            "error_message": f"Error creating pipeline: Create pipeline failed: {said}",
            "error_details": f"{said}\nCreate pipeline failed\nError creating pipeline",
        },
    )


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


def test_an_upload_without_a_file_is_refused(ask):
    status, text = ask("POST", f"{API}/pipelines/upload", b"")
    assert status == 400
    assert "no part named 'uploadfile'" in json.loads(text)["error_message"]


def test_a_version_for_no_pipeline_is_not_found(ask):
    to = "upload_version?name=x&pipelineid=nope"
    status, text = upload(ask, MANIFEST.encode(), "x.yaml", to)
    assert (status, json.loads(text)["error_message"]) == (400, "Pipeline nope not found.")


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
