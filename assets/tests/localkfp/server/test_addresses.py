"""Where a server listens, how it is called there, and who may ask it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest
from localkfp.errors import ServerError
from localkfp.server import addresses
from localkfp.server.lifecycle import EXPOSED


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:1"),
        ("127.0.0.1", "http://localhost:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("192.0.2.7", "http://192.0.2.7:1"),
        ("2001:db8::7", "http://[2001:db8::7]:1"),
        ("lab.example", "http://lab.example:1"),
    ],
)
def test_the_address_that_this_machine_uses(host, url):
    assert addresses.url(host, 1) == url


def test_only_loopback_has_no_other_names():
    assert addresses.names("localhost") == addresses.names("127.0.0.2") == frozenset()
    assert {"lab.example", socket.gethostname().lower()} <= addresses.names("Lab.example")


# ---- ports ---------------------------------------------------------------------------------------


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@contextmanager
def bound(host, port):
    sockets = addresses.bind(host, port)
    try:
        yield [one.getsockname()[:2] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@needs_ipv6
def test_both_addresses_of_localhost_lead_to_the_server():
    with bound("localhost", 0) as ((first, port), (second, same)):
        assert (first, second, port) == ("127.0.0.1", "::1", same)


@needs_ipv6
def test_a_port_that_somebody_else_has_on_the_other_address_is_not_taken(monkeypatch):
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"Port {taken} can't be had on this machine"):
            addresses.bind("localhost", taken)
        monkeypatch.setattr(addresses, "PORT", taken)
        with bound("localhost", None) as found:
            assert taken not in [port for _, port in found]


def test_a_machine_without_ipv6_has_one_address(monkeypatch):
    real = addresses.bind_sockets

    def bind_sockets(port, host, **more):
        if host == "::1":
            raise OSError(addresses.errno.EADDRNOTAVAIL, "no")
        return real(port, host, **more)

    monkeypatch.setattr(addresses, "bind_sockets", bind_sockets)
    with bound("localhost", 0) as found:
        assert [host for host, _ in found] == ["127.0.0.1"]


# ---- localkfp serve --host -----------------------------------------------------------------------


def serve(home, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "localkfp", "serve", "--port", "0", *words],
        env={**os.environ, "LOCALKFP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lab.example"])
def test_another_address_is_refused_until_the_danger_is_named(tmp_path, host):
    out, _ = (process := serve(tmp_path, "--host", host)).communicate(timeout=60)
    assert process.returncode == 2
    assert out.startswith(f"localkfp: Other machines may reach {host}, and whoever reaches")
    assert EXPOSED in out


def test_an_open_server_answers_to_addresses_and_its_names_only(tmp_path, until):
    with serve(tmp_path, "--host", "0.0.0.0", EXPOSED) as process:
        try:
            told = json.loads(until(lambda: _read(tmp_path / "server.json")))
            address = told["url"].removeprefix("http://")

            def status(method, path, **headers):
                connection = http.client.HTTPConnection(address, timeout=60)
                connection.request(method, f"/apis/v1beta1/{path}", None, headers)
                answer = connection.getresponse()
                answer.read()
                connection.close()
                return answer.status

            assert status("GET", "healthz") == 200
            assert status("GET", "healthz", Host="192.0.2.7:8090") == 200
            assert status("GET", "healthz", Host=socket.gethostname()) == 200
            assert status("GET", "healthz", Host="evil.example") == 403
            foreign = {"Host": "192.0.2.7", "Origin": "http://evil.example"}
            assert status("POST", "experiments", **foreign) == 403
            assert "Whoever reaches it runs code here" in process.stdout.readline()
        finally:
            process.terminate()


def _read(file):
    return file.read_text() if file.exists() else ""
