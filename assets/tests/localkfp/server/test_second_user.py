"""Another user of this machine: what that one tries against a localkfp with default settings."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import localkfp
import pytest
from localkfp.server import lifecycle

NOBODY = 65534
PYTHON = "/usr/bin/python3"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0 or not Path(PYTHON).exists(),
    reason="only root can be a second user, one with the system's Python",
)

ASK = """
import http.client, json, sys
connection = http.client.HTTPConnection("localhost", int(sys.argv[1]), timeout=20)
try:
    connection.request(sys.argv[2], sys.argv[3], sys.argv[4] or None)
    print(connection.getresponse().read().decode())
except (OSError, http.client.HTTPException) as error:
    print(type(error).__name__)
"""
SEND_AND_CLOSE = """
import socket, sys
body = sys.argv[2].encode()
lines = ("POST /apis/v1beta1/experiments HTTP/1.1", "Host: localhost")
lines = (*lines, f"Content-Length: {len(body)}")
head = "".join(f"{line}\\r\\n" for line in (*lines, ""))
for _ in range(50):
    with socket.create_connection(("localhost", int(sys.argv[1]))) as connection:
        connection.sendall(head.encode() + body)
"""


@pytest.fixture
def home(tmp_path_factory, monkeypatch):
    """A folder that a umask of 022 made, below folders that everybody may pass."""
    folder = tmp_path_factory.mktemp("home")
    for above in (folder, folder.parent, folder.parent.parent):
        above.chmod(0o755)
    state = folder / "localkfp"
    monkeypatch.setenv("LOCALKFP_HOME", str(state))
    yield state
    with suppress(localkfp.ServerError):
        localkfp.stop()


def as_second_user(*command):
    return subprocess.run(
        command, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True,
        check=False, timeout=60, cwd="/",
    )  # fmt: skip


def python(code, *arguments):
    return as_second_user(PYTHON, "-c", code, *arguments).stdout.strip()


def port(address):
    return str(urlsplit(address).port)


def experiments(address):
    connection = http.client.HTTPConnection("localhost", int(port(address)))
    connection.request("GET", "/apis/v1beta1/experiments?page_size=200")
    return [e["name"] for e in json.loads(connection.getresponse().read())["experiments"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/apis/v1beta1/healthz"),
        ("GET", "/"),
        ("POST", "/apis/v1beta1/experiments"),
        ("GET", "/localkfp/proof?challenge=x"),
    ],
)
def test_asks_and_gets_no_answer(home, method, path):
    address = localkfp.start()
    body = json.dumps({"name": "of another"}) if method == "POST" else ""
    said = python(ASK, port(address), method, path, body)
    assert said in ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError")
    assert experiments(address) == ["Default"]


def test_sends_and_closes_at_once_and_is_not_taken_for_root(home):
    address = localkfp.start()
    python(SEND_AND_CLOSE, port(address), json.dumps({"name": "of another"}))
    assert experiments(address) == ["Default"]


def test_reads_nothing_in_the_state_folder(home):
    home.mkdir(mode=0o755)
    (home / "lock").touch(mode=0o644)  # as an older localkfp left it
    localkfp.start()
    assert home.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in home.iterdir() if file.is_file()}
    assert {"secret", "server.json", "localkfp.sqlite", "lock", "start.lock"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
    assert as_second_user("/bin/ls", str(home)).returncode != 0


def test_takes_the_port_of_a_server_that_was_killed_and_is_not_believed(home):
    address = localkfp.start()
    os.kill(json.loads((home / "server.json").read_text())["pid"], 9)
    stand_in = f"""
import http.server, sys
class Liar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"tag_name": "localkfp-0.1.0", "proof": "00"}}')
server = http.server.HTTPServer(("127.0.0.1", {port(address)}), Liar)
print("there", flush=True)
server.serve_forever()
"""
    liar = None
    while liar is None or liar.poll() is not None:  # the port is free when the server is gone
        liar = subprocess.Popen(
            [PYTHON, "-c", stand_in], user=NOBODY, group=NOBODY, extra_groups=[],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd="/",
        )  # fmt: skip
        if liar.stdout.readline() != "there\n":
            liar.wait()
    try:
        assert not lifecycle.proved(home, address)
        again = localkfp.start()
        assert again != address
        assert lifecycle.proved(home, again)
    finally:
        liar.kill()
        liar.wait()


def test_holds_no_lock_of_ours(home):
    localkfp.start()
    lock = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_SH)"
    for name in ("lock", "start.lock"):
        refused = as_second_user(PYTHON, "-c", lock, str(home / name))
        assert "PermissionError" in refused.stderr


def test_a_lock_that_somebody_of_ours_holds_is_waited_for_with_an_end(home, monkeypatch):
    monkeypatch.setattr(lifecycle, "TURN_SECONDS", 0.1)
    home.mkdir(mode=0o700)
    with (home / "start.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(localkfp.ServerError, match="has been starting localkfp in"):
            localkfp.start()


def test_stop_ends_no_process_that_proves_nothing(home):
    """A stale server.json names some process, and somebody holds the lock."""
    home.mkdir(mode=0o700)
    innocent = subprocess.Popen(["/bin/sleep", "60"])
    with socket.create_server(("127.0.0.1", 0)) as nobody, (home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        url = f"http://localhost:{nobody.getsockname()[1]}"
        nobody.close()
        (home / "server.json").write_text(
            json.dumps({"pid": innocent.pid, "url": url, "version": "0.1.0", "build": "x"})
        )
        with pytest.raises(localkfp.ServerError, match="doesn't prove it"):
            localkfp.stop()
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait()
    (home / "server.json").unlink()


def test_a_folder_of_everybodys_is_not_taken(tmp_path, monkeypatch):
    tmp_path.chmod(0o1777)
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path))
    with pytest.raises(localkfp.StoreError, match="shared by all users"):
        localkfp.start()
    assert tmp_path.stat().st_mode & 0o777 == 0o777
