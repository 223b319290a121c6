"""A localkfp of the tests' own: a state directory in a temporary folder, a real server."""

from __future__ import annotations

import runpy
import time
from functools import partial
from pathlib import Path

import kfp
import localkfp
import pages
import pytest

DATA = Path(__file__).parent / "data"
SECONDS = 60


@pytest.fixture(scope="session")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("localkfp")


@pytest.fixture(scope="session")
def host(state):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(state))
        address = localkfp.start()
    yield address
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCALKFP_HOME", str(state))
        localkfp.stop()


@pytest.fixture(scope="session")
def client(host):
    return kfp.Client(host=host)


@pytest.fixture(scope="session")
def until():
    """Ask again until the answer is true, and give it; fail when that takes too long."""

    def poll(question, *arguments):
        end = time.monotonic() + SECONDS
        while not (answer := question(*arguments)):
            assert time.monotonic() < end, f"{question} was not true within {SECONDS} seconds"
            time.sleep(0.02)
        return answer

    return poll


@pytest.fixture(scope="session")
def ended(client, until):
    """The detail of a run, once it has ended."""

    def over(run_id):
        detail = client.get_run(run_id)
        return detail if detail.run.finished_at.year > 1970 else None

    return lambda run_id: until(over, run_id)


@pytest.fixture(scope="session")
def handout():
    """The names of the handout's program."""
    return runpy.run_path(str(DATA / "handout.py"))


@pytest.fixture
def visit(host):
    """Asks the dashboard: method, path, the body or the fields of a form, headers."""
    return partial(pages.ask, host)
