"""The server's life: one per state directory, found or started, ended by hand or by idleness."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import http.client
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from localkfp.clock import timestamp
from localkfp.errors import ServerError, StoreError
from localkfp.pods.machine import PROCESS, Machine
from localkfp.pods.pod import WAY, chosen_way, this_machine
from localkfp.runs.runner import Runner
from localkfp.server import addresses, proof
from localkfp.server.application import application
from localkfp.server.connections import PatientServer
from localkfp.server.front_end import check as front_end_folder
from localkfp.server.owner import OwnersServer
from localkfp.service import jobs, recurring
from localkfp.store.database import Store
from localkfp.store.state_directory import state_directory
from localkfp.version import __version__, build
from localkfp.web.access import Access, Proxy
from localkfp.web.handler import Services
from localkfp.workflow.text import MAX_BYTES

EXPOSED = "--anyone-who-reaches-this-may-run-code"
IDLE_SECONDS = 2 * 60 * 60
START_SECONDS, STOP_SECONDS = 30, 30
LOCK_SECONDS = 1
PASS_SECONDS = 1
TURN_SECONDS = 60  # one start may take its own time before this one's turn comes
MAX_PROOF = 10_000  # bytes of an answer that may come from anybody
# A body over this is cut off without a word, so a file that is too large must still fit: it is
# read, and the answer says what is wrong.
READ_BODY = 4 * MAX_BYTES
READ_HEADERS = 1024 * 1024  # likewise; more than `web.handler.MAX_HEADERS` is refused in words

log = logging.getLogger("localkfp")


@dataclass(frozen=True)
class Server:
    """A running server, as its file `server.json` tells it. `pods`: in which way they run."""

    pid: int
    url: str
    version: str
    build: str = ""
    pods: str = PROCESS


def start() -> str:
    """The address of this state directory's server, which is started when it isn't running.

    Raises ServerError or StoreError with a sentence.
    """
    home = state_directory()
    with (home / "start.lock").open("a") as file:
        if not _take(file, TURN_SECONDS):  # whoever starts it too waits here, and then finds it
            raise ServerError(
                f"Another process has been starting localkfp in {home} for {TURN_SECONDS} "
                "seconds and hasn't ended. Look for it (`ps -fC localkfp`), end it, and try again."
            )
        return _find(home)


def _spawn(home: Path) -> subprocess.Popen[bytes]:
    (home / "server.json").unlink(missing_ok=True)
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "localkfp", "serve"],
            env={**os.environ, "LOCALKFP_HOME": str(home)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _find(home: Path) -> str:
    """The address of the running server, once it answers; one is started where none is, also where
    the last one is just ending."""
    process: subprocess.Popen[bytes] | None = None
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process is None and not _locked(home):
            process = _spawn(home)
        server = _read(home)
        if server and server.build != build():
            raise ServerError(
                f"localkfp {server.version} is running from {home}, and its code isn't that of "
                f"localkfp {__version__} here: it has changed since. Run `localkfp stop`, then "
                "start again; nothing is lost."
            )
        if server and os.environ.get(WAY) and server.pods != chosen_way():
            raise ServerError(
                f"{WAY} asks for pods as {chosen_way()}, and the localkfp of {home} was started "
                f"with pods as {server.pods}. Run `localkfp stop`, then start again; nothing is "
                "lost."
            )
        if server and proved(home, server.url):
            return server.url
        if process and process.poll() is not None and not _locked(home):
            break
        time.sleep(0.05)
    raise ServerError(f"localkfp did not start. {_last_words(home / 'server.log')}")


def _last_words(log: Path) -> str:
    """What a server that didn't start said last, and where all of it stands."""
    with contextlib.suppress(OSError):
        lines = log.read_text(errors="replace").splitlines()
        said = [line.removeprefix("localkfp: ") for line in lines if line.startswith("localkfp: ")]
        if said:
            return f"{said[-1]} (Its log: {log})"
    return f"Its log says why: {log}"


def status() -> Server | None:
    """The server of this state directory, if one is running."""
    home = state_directory()
    return _read(home) if _locked(home) else None


def stop() -> bool:
    """End this state directory's server. Returns whether one was running."""
    home = state_directory()
    server = status()
    if not server:
        return False
    if not proved(home, server.url):
        raise ServerError(
            f"Process {server.pid} should be the localkfp of {home}, and doesn't prove it at "
            f"{server.url}. Look what it is (`ps -fp {server.pid}`), and end it yourself if it is "
            "localkfp."
        )
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while _locked(home):
        if time.monotonic() > end:
            raise ServerError(f"localkfp (process {server.pid}) did not stop.")
        time.sleep(0.02)
    return True


def serve(
    port: int | None = None,
    host: str = "localhost",
    exposed: bool = False,
    fetches: bool = False,
    pods: str = "",
    front_end: Path | None = None,
) -> None:
    """Run the server in the foreground until it is stopped. `port` None: 8090, or a free one.

    A `host` that other machines reach is taken only when `exposed` says that this is meant: who
    reaches the server runs code. `fetches`: whether pipelines may be fetched by their URLs. `pods`:
    `process` or `containers`, else what LOCALKFP_PODS says. `front_end`: the folder of a built
    front end of Kubeflow Pipelines, to be served at /. Raises StoreError where pods can't run
    so, and ServerError for a host that isn't meant, when a server already has this state directory,
    or when the port is taken.
    """
    if not exposed and not addresses.is_loopback(host):
        raise ServerError(
            f"Other machines may reach {host}, and whoever reaches localkfp runs code on this one "
            f"as you. If that is what you want, add {EXPOSED}."
        )
    folder = front_end_folder(front_end) if front_end else None
    home = state_directory()
    os.umask(0o077)  # what is kept is the owner's alone; pods have their own
    with _lock(home, LOCK_SECONDS):
        (home / "server.json").unlink(missing_ok=True)  # a server that was killed leaves its own
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
        store = Store(home / "localkfp.sqlite")
        sockets = addresses.bind(host, port)
        try:
            machine = this_machine(home, pods or chosen_way())
            asyncio.run(_serve(home, store, sockets, host, fetches, machine, folder))
        finally:
            (home / "server.json").unlink(missing_ok=True)
            store.close()


async def _serve(
    home: Path,
    store: Store,
    sockets: list[socket.socket],
    host: str,
    fetches: bool,
    machine: Machine,
    front_end: Path | None,
) -> None:
    runner = Runner(store, home, machine)
    try:
        runner.close_interrupted()
    except sqlite3.Error as error:
        raise StoreError(
            f"localkfp can't write its database in {home}: {error}. Nothing was changed."
        ) from None
    stopped = asyncio.Event()
    asked = [time.monotonic()]

    def touch() -> None:
        asked[0] = time.monotonic()

    port = sockets[0].getsockname()[1]
    access = Access(addresses.names(host), Proxy.of(os.environ, port), port)
    listener = (OwnersServer if addresses.is_loopback(host) else PatientServer)(
        application(Services(store, runner, home, touch, access, fetches), front_end),
        max_body_size=READ_BODY,
        max_buffer_size=READ_BODY,
        max_header_size=READ_HEADERS,
    )
    listener.add_sockets(sockets)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    url = addresses.url(host, port)
    _write(home, Server(os.getpid(), url, __version__, build(), machine.way))
    danger = "" if addresses.is_loopback(host) else ". Whoever reaches it runs code here as you"
    print(f"localkfp {__version__} serves {url} from {home}{danger}", flush=True)
    firing = asyncio.create_task(_fire(store, runner))
    while not stopped.is_set():
        left = max(asked[0], runner.busy_until) + IDLE_SECONDS - time.monotonic()
        if left <= 0 and jobs.any_enabled(store):  # who enabled it counts on its runs
            left = IDLE_SECONDS
        if left <= 0:
            print("localkfp ends: two hours without a request or a run", flush=True)
            break
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped.wait(), left)
    listener.stop()
    firing.cancel()
    await runner.close()


async def _fire(store: Store, runner: Runner) -> None:
    """Every second: the runs of jobs that are due."""
    while True:
        try:
            recurring.make_due(store, runner, timestamp())
        except sqlite3.Error as error:  # a full disk, say: they are made when it takes them
            log.error("the runs that are due can't be written down: %s", error)
        except Exception:  # one bad job must not keep the others from being run
            log.exception("recurring runs")
        await asyncio.sleep(PASS_SECONDS)


# ---- the lock and the file that tell of a running server -----------------------------------------


@contextlib.contextmanager
def _lock(home: Path, seconds: float = 0) -> Iterator[None]:
    """Hold the state directory. The lock goes with the process, however that ends.

    A server tries for some `seconds`: whoever only looks (`_locked`) has the lock for a moment too.
    """
    with (home / "lock").open("a") as file:
        if not _take(file, seconds):
            raise ServerError(
                f"A localkfp already serves {home}: see `localkfp status`, or set "
                "LOCALKFP_HOME to another folder."
            )
        yield


def _take(file: IO[str], seconds: float) -> bool:
    """Lock a file, trying again for some seconds. Whether it is ours now."""
    end = time.monotonic() + seconds
    while not _try_lock(file):
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _locked(home: Path) -> bool:
    try:
        with _lock(home):
            return False
    except ServerError:
        return True


def _write(home: Path, server: Server) -> None:
    draft = home / "server.json.new"
    draft.write_text(json.dumps(asdict(server)))
    draft.rename(home / "server.json")


def _read(home: Path) -> Server | None:
    try:
        return Server(**json.loads((home / "server.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


@functools.cache
def _opener() -> urllib.request.OpenerDirector:
    # A proxy of the environment must not be asked for this machine.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def proved(home: Path, url: str) -> bool:
    """Whether the server of this state directory answers at the address, and nobody else."""
    challenged = proof.challenge()
    try:
        with _opener().open(f"{url}{proof.PATH}?challenge={challenged}", timeout=5) as answer:
            said = json.loads(answer.read(MAX_PROOF))["proof"]
        return proof.proves(proof.secret(home), challenged, str(said))
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException):
        return False
