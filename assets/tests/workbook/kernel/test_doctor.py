"""`workbook doctor` before servers that fail as real ones do, and whether its advice helps."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import kfp
import pytest
from tests.support.cluster import BLOCKED, HEALTH, NOBODY, NOT_YOURS, Cluster, refusal
from tests.support.stand_in import Said, serving
from workbook import doctor as print_diagnosis
from workbook.kernel import doors
from workbook.kernel.doctor import ask, examine, machine, rights
from workbook.kernel.doctor.line import OK, PROBLEM, UNKNOWN
from workbook.kernel.doctor.probe import TOO_LONG

API, CREDENTIALS, NAMESPACE, V1 = "API", "credentials", "namespace", "v1 pipelines"
HEALTHZ = "/apis/v1beta1/healthz"
UPLOAD = "/apis/v1beta1/pipelines/upload"
TOO_MUCH = "Invalid input error: The input parameter length exceed maximum size of 10000."
HTML = {"Content-Type": "text/html; charset=utf-8"}
OWN = "kubeflow-user-example-com"


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """A machine that was told nothing: no door by variables, no namespace remembered."""
    for name in ("KF_PIPELINES_ENDPOINT", "NB_PREFIX", "KF_PIPELINES_SA_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(kfp.Client, "LOCAL_KFP_CONTEXT", f"{tmp_path}/.config/kfp/context.json")


@pytest.fixture
def room(monkeypatch, tmp_path):
    """Makes this process one in a notebook server, whose cluster is at an address."""

    def enter(address: str, token: str = "good", namespace: str = OWN) -> Path:
        (tmp_path / "token").write_text(token)
        (tmp_path / "namespace").write_text(namespace)
        monkeypatch.setenv("NB_PREFIX", f"/notebook/{OWN}/lessons")
        monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setattr(doors, "IN_CLUSTER", address)
        monkeypatch.setattr(doors, "NAMESPACE_FILE", str(tmp_path / "namespace"))
        return tmp_path / "token"

    return enter


def answers(paths: dict[str, Said], otherwise: Said = Said(404, "Not Found\n")):  # noqa: B008
    async def answer(request):
        return paths.get(request.path, otherwise)

    return answer


def health(**fields) -> Said:
    return Said(body=json.dumps(HEALTH | fields))


def diagnosis(host: str = "", client: kfp.Client | None = None) -> dict:
    return {line.name: line for line in examine(host, client)}


def said(lines: dict, name: str, word: str, text: str, step: str = "") -> None:
    line = lines[name]
    assert line.word == word, line
    assert re.search(text, line.text), line
    assert re.search(step, line.next), line


# ---- reaching the API ----------------------------------------------------------------------------


def test_a_dead_port_forward_gets_the_command_that_forwards_that_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    lines = diagnosis(f"localhost:{port}")
    said(lines, API, PROBLEM, "nothing answers", f"port-forward .*svc/ml-pipeline-ui {port}:80")
    assert all(lines[name].word == UNKNOWN for name in ("version", CREDENTIALS, NAMESPACE, V1))


def test_a_name_that_nobody_knows():
    said(diagnosis("http://no-such-host.invalid"), API, PROBLEM, "nobody knows the name", "VPN")


def test_an_address_that_is_none():
    said(diagnosis("http://localhost:88x1"), API, PROBLEM, "is no address", "http://localhost:8881")


@pytest.mark.parametrize(
    "page",
    [
        Said(200, "<!DOCTYPE html><title>dex</title><h1>Log in to Your Account</h1>", HTML),
        Said(302, "", {"Location": "/dex/auth?client_id=kubeflow-oidc-authservice"}),
        Said(403, "<!DOCTYPE html><title>403 Forbidden</title> Sign in with OpenID", HTML),
    ],
    ids=["dex", "redirect", "oauth2-proxy"],
)
def test_a_login_page_is_not_the_api(page):
    with serving(answers({}, page)) as address:
        said(diagnosis(address), API, PROBLEM, "login page", "svc/ml-pipeline 8881:8888")


def test_a_kubeflow_pipelines_without_the_v1_api():
    second = {"/apis/v2beta1/healthz": Said(body='{"multi_user": false}')}
    with serving(answers(second)) as address:
        said(diagnosis(address), API, PROBLEM, "without the v1 API", "lesson 11")


def test_something_else_on_the_port():
    with serving(answers({}, Said(200, "hello", {"Content-Type": "text/plain"}))) as address:
        said(
            diagnosis(address), API, PROBLEM, r"not as Kubeflow Pipelines \(200", "another program"
        )


def test_an_api_that_is_not_ready():
    with serving(answers({}, Said(503, "no healthy upstream"))) as address:
        said(diagnosis(address), API, PROBLEM, "answers 503", "kubectl get pods")


def test_a_slow_endpoint_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(ask, "READ_SECONDS", 0.2)

    async def sleepy(request):
        await asyncio.sleep(30)

    with serving(sleepy) as address:
        said(diagnosis(address), API, PROBLEM, "nothing came within 0.2 seconds", "port-forward")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost".split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context, folder / "cert"


def test_a_self_signed_certificate_and_with_it_given_the_client_gets_through(certificate):
    context, file = certificate
    with serving(answers({HEALTHZ: health(multi_user=False)}), context) as address:
        said(diagnosis(address), API, PROBLEM, "self-signed certificate", "ssl_ca_cert")
        client = kfp.Client(host=address, ssl_ca_cert=str(file))
        said(diagnosis(client=client), API, OK, "answers")


def test_https_where_http_is_spoken_and_the_address_that_it_names_works(monkeypatch):
    monkeypatch.setattr(ask, "CONNECT_SECONDS", 0.5)
    with serving(answers({HEALTHZ: health()})) as address:
        lines = diagnosis(address.replace("http://", "https://"))
        said(lines, API, PROBLEM, "doesn't speak https")
        said(diagnosis(lines[API].next), API, OK, "answers")


def test_a_proxy_of_the_environment_is_not_asked_and_said(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    with serving(answers({HEALTHZ: health(multi_user=False)})) as address:
        lines = diagnosis(address)
        said(lines, "proxy", OK, "not asked for this machine")
        said(lines, API, OK, "answers")
    far = diagnosis("http://far.invalid")
    said(far, "proxy", UNKNOWN, "kfp 1.8 doesn't ask it", r'proxy="http://proxy.invalid:3128"')


# ---- who asks, and where -------------------------------------------------------------------------


def test_no_token_for_a_cluster_that_wants_one_and_a_token_helps(host):
    with serving(Cluster(host, "good", OWN)) as address:
        lines = diagnosis(address)
        said(lines, "multi-user", OK, "yes")
        said(lines, CREDENTIALS, PROBLEM, "none were sent; .*401", "kubectl create token")
        client = kfp.Client(host=address, existing_token="good", namespace=OWN)
        lines = diagnosis(client=client)
        said(lines, CREDENTIALS, OK, "taken")
        said(lines, NAMESPACE, OK, OWN)


@pytest.mark.parametrize(
    "answer",
    [
        Said(403, "RBAC: access denied", {"Content-Type": "text/plain"}),
        Said(401, "Jwt is expired", {"Content-Type": "text/plain"}),
    ],
    ids=["istio", "jwt"],
)
def test_a_refusal_before_the_api_is_about_credentials(answer):
    with serving(answers({}, answer)) as address:
        lines = diagnosis(address)
        said(lines, API, OK, "answers")
        said(lines, CREDENTIALS, PROBLEM, re.escape(str(answer.body)), "kubectl create token")


def test_the_500_by_which_kubeflow_pipelines_1_8_says_that_nobody_asked():
    with serving(answers({HEALTHZ: health()}, refusal(500, 13, f"Internal error: {NOBODY}"))) as at:
        said(diagnosis(at), CREDENTIALS, PROBLEM, "none were sent", "kubectl create token")


def test_an_address_in_a_notebook_server_keeps_the_token_back_and_without_it_all_is_well(
    host, room, monkeypatch
):
    with serving(Cluster(host, "good", OWN)) as address:
        room(address)
        monkeypatch.setenv("KF_PIPELINES_ENDPOINT", address)
        said(diagnosis(), CREDENTIALS, PROBLEM, "no token when it is given an address", "unset")
        monkeypatch.delenv("KF_PIPELINES_ENDPOINT")
        lines = diagnosis()
        said(lines, CREDENTIALS, OK, "taken")
        said(lines, NAMESPACE, OK, OWN)


def token_ending(seconds: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode())
    return f"e30.{claims.decode().rstrip('=')}.x"


def test_an_expired_token_and_a_new_one_helps(host, room, tmp_path):
    fresh = token_ending(3600)
    with serving(Cluster(host, fresh, OWN)) as address:
        file = room(address, token_ending(-600))
        said(diagnosis(), CREDENTIALS, PROBLEM, "ended 10 minutes ago", "notebook server")
        file.write_text(fresh)
        said(diagnosis(), CREDENTIALS, OK, "taken")


def test_a_token_that_is_not_taken(host, room):
    with serving(Cluster(host, "good", OWN)) as address:
        room(address, "of another cluster")
        said(diagnosis(), CREDENTIALS, PROBLEM, "isn't taken", "access-ml-pipeline.yaml")


def test_a_notebook_server_without_token_says_how_to_get_one(room):
    room("http://localhost:1").unlink()
    said(diagnosis(), "door", UNKNOWN, "no token", "access-ml-pipeline.yaml")


def test_an_empty_namespace_and_setting_it_helps(host):
    with serving(Cluster(host, "good", OWN)) as address:
        client = kfp.Client(host=address, existing_token="good")
        said(diagnosis(client=client), NAMESPACE, PROBLEM, "none is set", "set_user_namespace")
        client.set_user_namespace(OWN)
        said(diagnosis(client=client), NAMESPACE, OK, OWN)


def test_a_namespace_that_does_not_exist_is_not_taken_for_a_matter_of_credentials(host):
    with serving(Cluster(host, "good", OWN)) as address:
        client = kfp.Client(host=address, existing_token="good", namespace="kubeflow-typo")
        lines = diagnosis(client=client)
        said(lines, CREDENTIALS, OK, f"you are system:serviceaccount:{OWN}:default-editor")
        said(lines, NAMESPACE, PROBLEM, "may not use kubeflow-typo", "set_user_namespace")


def test_a_namespace_remembered_from_another_endpoint_and_forgetting_it_helps(host):
    client = kfp.Client(host=host)
    client.set_user_namespace(OWN)
    said(diagnosis(host), NAMESPACE, PROBLEM, "has no namespaces", "rm .*context.json")
    Path("~/.config/kfp/context.json").expanduser().unlink()
    said(diagnosis(host), NAMESPACE, OK, "none")


# ---- v1 pipelines --------------------------------------------------------------------------------


def takes(upload: Said, in_namespace: Said | None = None, multi_user: bool = False):
    """A cluster in which only the upload matters; `kept` is what is left in it."""
    kept: list[str] = []

    async def answer(request):
        if request.path == HEALTHZ:
            return health(multi_user=multi_user)
        if request.path == UPLOAD:
            assert TOO_LONG.encode() in request.body
            if b"namespace=" in request.query.encode():
                return in_namespace
            kept.extend(["id"] if upload.status == 200 else [])
            return upload
        if request.method == "DELETE":
            kept.remove(request.path.rpartition("/")[2])
        return Said()

    return answer, kept


def of_upload(message: str) -> Said:
    return Said(500, json.dumps({"error_message": message, "error_details": message}))


def test_v1_pipelines_are_taken():
    with serving(takes(of_upload(TOO_MUCH))[0]) as address:
        said(diagnosis(address), V1, OK, "taken")


def test_v1_pipelines_are_blocked():
    with serving(takes(of_upload(f"Invalid input error: {BLOCKED}"))[0]) as address:
        said(diagnosis(address), V1, PROBLEM, "BLOCK_V1_PIPELINES", "V1_ALLOWED_NAMESPACES")


def test_v1_pipelines_are_blocked_but_for_the_own_namespace():
    answer, _kept = takes(of_upload(BLOCKED), of_upload(TOO_MUCH), multi_user=True)
    with serving(answer) as address:
        client = kfp.Client(host=address, namespace=OWN)
        lines = diagnosis(client=client)
        said(lines, V1, PROBLEM, f"{OWN} is excepted", "create_run_from_pipeline_func")


def test_a_server_that_takes_what_it_should_refuse_keeps_nothing():
    answer, kept = takes(Said(body='{"id": "id"}'))
    with serving(answer) as address:
        said(diagnosis(address), V1, OK, "taken")
    assert kept == []


def test_an_upload_that_fails_for_another_reason_is_unknown():
    with serving(takes(of_upload("no space left on device"))[0]) as address:
        said(diagnosis(address), V1, UNKNOWN, "no space left", "lesson 05")


def test_localkfp_is_well_and_nothing_is_uploaded_to_it(host, state, client, monkeypatch, capsys):
    monkeypatch.setenv("LOCALKFP_HOME", str(state))
    print_diagnosis()
    seen = capsys.readouterr().out
    assert "localkfp" in seen
    assert re.search(r"^v1 pipelines +ok", seen, re.MULTILINE)
    assert "workbook-doctor" not in [p.name for p in client.list_pipelines().pipelines or ()]


def test_the_real_texts_are_told_apart():
    mine = ask.Answer(403, NOT_YOURS.format(own=OWN, asked="other"))
    assert rights.is_about_namespace(mine)
    assert not rights.is_about_namespace(ask.Answer(403, "RBAC: access denied"))


@pytest.mark.parametrize(
    ("engine", "why", "used", "word", "text"),
    [
        ("podman 4.3.1", "", True, OK, "steps run as such, by podman 4.3.1"),
        ("podman 4.3.1", "", False, OK, "unless LOCALKFP_PODS=containers"),
        ("", "podman is not installed", False, OK, "none is needed"),
        ("", "podman is not installed", True, PROBLEM, "podman is not installed"),
    ],
)
def test_the_engine_is_told_of(engine, why, used, word, text):
    line = machine.judge_engine(engine, why, used)
    assert line.word == word
    assert text in line.text
