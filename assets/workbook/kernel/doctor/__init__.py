"""`workbook doctor`: what of this machine and its endpoint is as the lessons need it.

`machine.py`, `api.py` and `rights.py` judge, and look at nothing; the others look.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import getproxies_environment

import localkfp

from workbook.kernel import doors, kfp_context
from workbook.kernel.doctor import api, machine, probe, rights
from workbook.kernel.doctor.ask import NO_TLS, TLS, Answer, Api
from workbook.kernel.doctor.line import OK, PROBLEM, UNKNOWN, Line, table
from workbook.kernel.doors import ADDRESS, LOCALKFP, NOTEBOOK_SERVER, Door, find_door
from workbook.language import _
from workbook.paths import REQUIREMENTS

if TYPE_CHECKING:
    import kfp

HEALTHZ = "/apis/v1beta1/healthz"


def doctor(host: str = "", client: kfp.Client | None = None) -> None:
    """Print what is as the lessons need it and what isn't, and the next thing to do.

    `host` is what a lesson has in `host`. With a `client` its address, credentials, certificate and
    namespace are looked at instead. Nothing is changed, but localkfp starts where it is the one.
    """
    print(table(examine(host, client)))


def examine(host: str = "", client: kfp.Client | None = None) -> list[Line]:
    door = find_door(host)
    if client is not None:
        from workbook.kernel.endpoint import http_of

        door = Door(ADDRESS, http_of(client)[0])
    return [*_machine(door), *_endpoint(door, client)]


def _machine(door: Door) -> Iterator[Line]:
    yield machine.judge_python(sys.version_info[:3])
    yield machine.judge_kfp(_installed("kfp"))
    if REQUIREMENTS.is_file():
        requirements = REQUIREMENTS.read_text()
        installed = {name: _installed(name) for name in machine.pins(requirements)}
        yield machine.judge_packages(requirements, installed, sys.executable)
    yield machine.judge_kernel(door, "ipykernel" in sys.modules, sys.executable, _kernels())
    yield machine.judge_home(Path.home(), *_space(Path.home()))
    yield machine.judge_door(door, Path(doors.NAMESPACE_FILE).with_name("token").is_file())


def _engine() -> tuple[str, str]:
    """What would run containers here, or why nothing does."""
    try:
        return localkfp.container_engine(), ""
    except localkfp.StoreError as error:
        return "", str(error)


def _endpoint(door: Door, client: kfp.Client | None) -> Iterator[Line]:
    """The lines of the endpoint, each question asked once."""
    if door.kind == LOCALKFP:
        try:
            address = localkfp.start()
        except (localkfp.ServerError, localkfp.StoreError) as error:
            yield Line("API", PROBLEM, str(error), _("do that, then ask again"))
            return
        server = localkfp.status()
        yield machine.judge_engine(*_engine(), bool(server and server.pods == "containers"))
    else:
        address = door.address
    proxy = machine.judge_proxy(_proxies(), address)
    if proxy:
        yield proxy
    endpoint, token = _api(door, address, client)
    health = _health(endpoint)
    second = endpoint.ask("/apis/v2beta1/healthz") if health.status == 404 else None
    reached = api.judge_api(door, address, health, second)
    yield reached
    if reached.word != OK:
        for name in ("version", "multi-user", "credentials", "namespace"):
            yield Line(name, UNKNOWN, _("the API must answer first"))
        yield Line("v1 pipelines", UNKNOWN, _("the API must answer first"))
        return
    yield api.judge_version(health)
    multi_user = api.is_multi_user(health) if health.status == 200 else None
    yield api.judge_users(multi_user)
    namespace = _namespace(door, client, multi_user)
    listed = (
        _experiments(endpoint, namespace if multi_user else "")
        if multi_user is not None
        else health
    )
    sent = bool(endpoint.headers)
    left = rights.seconds_left(token, time.time())
    credentials = rights.judge_credentials(door, multi_user, sent, left, listed)
    yield credentials
    yield rights.judge_namespace(multi_user, namespace, listed)
    if credentials.word != OK:
        yield Line("v1 pipelines", UNKNOWN, _("the credentials must be taken first"))
        return
    yield _v1(endpoint, (health.json or {}).get("tag_name") or "", namespace)


def _health(endpoint: Api) -> Answer:
    """An https that fails may be http: some servers wait for the rest of what they can't read."""
    health = endpoint.ask(HEALTHZ)
    if health.failure not in ("", TLS) and endpoint.address.startswith("https://"):
        plain = replace(endpoint, address=endpoint.address.replace("https://", "http://", 1))
        if plain.ask(HEALTHZ).status == 200:
            return replace(health, failure=NO_TLS)
    return health


def _v1(endpoint: Api, tag: str, namespace: str) -> Line:
    if tag.startswith("localkfp"):
        return rights.judge_v1(tag, Answer(), None, namespace)
    upload = probe.try_upload(endpoint)
    again = (
        probe.try_upload(endpoint, namespace) if rights.is_blocked(upload) and namespace else None
    )
    return rights.judge_v1(tag, upload, again, namespace)


def _api(door: Door, address: str, client: kfp.Client | None) -> tuple[Api, str]:
    """The endpoint as kfp.Client would ask it, and the token that goes along."""
    if client is not None:
        from workbook.kernel.endpoint import http_of

        address, headers = http_of(client)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        return Api(address, headers, client._run_api.api_client.rest_client.pool_manager), token
    if door.kind == NOTEBOOK_SERVER and door.token:
        return Api(address, {"authorization": f"Bearer {door.token}"}), door.token
    remembered = kfp_context.remembered()
    headers = {
        remembered.get("client_authentication_header_name", ""): remembered.get(
            "client_authentication_header_value", ""
        ),
        "Cookie": remembered.get("client_authentication_cookie", ""),
    }
    sent = {name: value for name, value in headers.items() if name and value}
    return Api(address, sent), sent.get("Authorization", "").removeprefix("Bearer ")


def _experiments(endpoint: Api, namespace: str) -> Answer:
    query = {"page_size": "1"}
    if namespace:
        query |= {
            "resource_reference_key.type": "NAMESPACE",
            "resource_reference_key.id": namespace,
        }
    return endpoint.ask(f"/apis/v1beta1/experiments?{urlencode(query)}")


def _namespace(door: Door, client: kfp.Client | None, multi_user: bool | None) -> str:
    """As kfp.Client finds it: what it remembers; in a multi-user cluster, that of its Pod."""
    if client is not None:
        return client.get_user_namespace()
    remembered = kfp_context.remembered().get("namespace", "")
    if remembered or not multi_user:
        return remembered
    try:
        return Path(doors.NAMESPACE_FILE).read_text().strip()
    except OSError:
        return ""


def _kernels() -> dict[str, str]:
    """The kernels that JupyterLab offers: name -> the program that each starts."""
    from jupyter_client.kernelspec import KernelSpecManager

    found = KernelSpecManager().get_all_specs()
    programs = {name: (data["spec"].get("argv") or [""])[0] for name, data in found.items()}
    # jupyter_client's KernelManager starts its own Python where a kernel says only `python`
    bare = {"python", "python3", f"python3.{sys.version_info.minor}"}
    return {name: sys.executable if p in bare else p for name, p in programs.items()}


def _space(home: Path) -> tuple[str, int]:
    """Why nothing can be written there, or nothing; and the bytes that are free."""
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".workbook-doctor-") as file:
            file.write(b"x" * 4096)
            file.flush()
    except OSError as error:
        return error.strerror or str(error), 0
    return "", shutil.disk_usage(home).free


def _proxies() -> dict[str, str]:
    return {f"{scheme}_proxy": url for scheme, url in getproxies_environment().items()}


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
