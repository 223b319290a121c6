"""`endpoint`: which door it takes and what it says; `http_of`: plain HTTP through the same one."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import kfp
import pytest
import requests
from tests.support.cluster import Cluster
from tests.support.stand_in import serving
from workbook.kernel import doors
from workbook.kernel.doors import ADDRESS, LOCALKFP, NOTEBOOK_SERVER, find_door
from workbook.kernel.endpoint import endpoint, http_of
from workbook.kernel.environment import EnvironmentProblem

OWN = "kubeflow-user-example-com"


@pytest.fixture(autouse=True)
def told_nothing(monkeypatch):
    for name in ("KF_PIPELINES_ENDPOINT", "NB_PREFIX", "KF_PIPELINES_SA_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def token(tmp_path):
    file = tmp_path / "token"
    file.write_text("a-token\n")
    return file


@pytest.mark.parametrize(
    ("explicit", "variables", "kind", "address"),
    [
        ("", {}, LOCALKFP, ""),
        ("localhost:8881/", {}, ADDRESS, "http://localhost:8881"),
        ("", {"KF_PIPELINES_ENDPOINT": "https://far/pipeline/"}, ADDRESS, "https://far/pipeline"),
        ("http://a", {"KF_PIPELINES_ENDPOINT": "http://b"}, ADDRESS, "http://a"),
        ("", {"NB_PREFIX": "/notebook/me/lessons"}, NOTEBOOK_SERVER, doors.IN_CLUSTER),
        ("http://a", {"NB_PREFIX": "/notebook/me/lessons"}, ADDRESS, "http://a"),
        ("", {"NB_PREFIX": ""}, LOCALKFP, ""),
    ],
)
def test_the_door_is_found_by_what_the_process_was_told(token, explicit, variables, kind, address):
    door = find_door(explicit, {"KF_PIPELINES_SA_TOKEN_PATH": str(token), **variables})
    assert (door.kind, door.address) == (kind, address)
    assert door.token == ("a-token" if variables.get("NB_PREFIX") else "")


def test_a_notebook_server_without_token_has_localkfps_door(tmp_path):
    variables = {"NB_PREFIX": "/n", "KF_PIPELINES_SA_TOKEN_PATH": str(tmp_path / "none")}
    assert find_door("", variables).kind == LOCALKFP


def test_in_a_notebook_server_kfp_is_given_no_host_so_that_it_takes_the_token(
    monkeypatch, token, capsys
):
    monkeypatch.setenv("NB_PREFIX", "/notebook/me/lessons")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(token))
    assert endpoint() is None
    (line,) = capsys.readouterr().out.splitlines()
    assert "of this notebook server, with its token" in line


def test_one_without_token_says_that_it_goes_to_localkfp_and_why(
    monkeypatch, tmp_path, state, capsys, host
):
    monkeypatch.setenv("NB_PREFIX", "/notebook/me/lessons")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("LOCALKFP_HOME", str(state))
    assert endpoint() == host
    line, pages = capsys.readouterr().out.splitlines()
    assert "has no token" in line
    assert "workbook doctor" in line
    port = urlsplit(host).port
    assert pages == f"Its pages in your browser: /notebook/me/lessons/proxy/{port}/"


def test_an_address_by_the_variable_is_said_to_be_that(monkeypatch, capsys):
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://far/pipeline")
    assert endpoint() == "http://far/pipeline"
    assert "as KF_PIPELINES_ENDPOINT says" in capsys.readouterr().out


def test_plain_http_goes_where_the_client_goes_and_says_who_asks(host):
    with serving(Cluster(host, "good", OWN, prefix="/pipeline")) as address:
        client = kfp.Client(host=f"{address}/pipeline", existing_token="good", namespace=OWN)
        api, headers = http_of(client)
        pipelines = f"{api}/apis/v1beta1/pipelines"
        assert requests.get(pipelines, headers=headers).status_code == 200
        assert requests.get(pipelines).status_code == 401


def test_plain_http_gets_a_scheme_where_kfp_has_none():
    client = kfp.Client(host="http://x", namespace=OWN, cookies="session=1")
    client._run_api.api_client.configuration.host = "ml-pipeline.kubeflow.svc.cluster.local:8888"
    api, headers = http_of(client)
    assert api == doors.IN_CLUSTER
    assert headers == {"Cookie": "session=1"}


def test_a_proxy_of_the_environment_is_not_asked_for_localkfp(monkeypatch, state, host):
    monkeypatch.setenv("LOCALKFP_HOME", str(state))
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "example.com")
    assert requests.get(f"{endpoint()}/apis/v1beta1/healthz").status_code == 200
    assert os.environ["no_proxy"] == "example.com,localhost"


@pytest.fixture
def remembers(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".config" / "kfp" / "context.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"namespace": "team-blue"}')


def test_a_namespace_that_kfp_remembers_is_said_before_localkfp_refuses_each_request(remembers):
    with pytest.raises(EnvironmentProblem, match=r"remembers team-blue.*rm ~/.config/kfp/context"):
        endpoint()


def test_at_an_address_a_remembered_namespace_may_be_right(remembers, capsys):
    assert endpoint("http://far/pipeline") == "http://far/pipeline"
