"""A localkfp of the tests' own: a state directory in a temporary folder, a real server."""

from __future__ import annotations

import json
import runpy
import time
from functools import partial
from pathlib import Path

import kfp
import localkfp
import pytest
import yaml
from tests.support import pages
from tests.support.handout_pipeline import WORKFLOW

DATA = Path(__file__).parent / "data"
SECONDS = 120


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


@pytest.fixture(scope="module")
def browser():
    from tests.support.chromium import launched

    with launched() as started:
        yield started


@pytest.fixture
def open_page(browser, host):
    """Opens an address in a window of its own; fails at the end if the page's policy was broken or
    its script failed."""
    contexts, complaints = [], []

    def opened(path, **more):
        context = browser.new_context(
            **{"viewport": {"width": 1200, "height": 900}, "base_url": host} | more
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.complaints = complaints
        page.on("console", lambda said: complaints.append(said.text) if _bad(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _bad(said):
    return said.type == "error" and "status of 4" not in said.text  # bad input is answered with 400


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    file = tmp_path_factory.mktemp("package") / "add_pipeline.yaml"
    file.write_text(yaml.safe_dump(WORKFLOW))
    return str(file)


@pytest.fixture
def started(client):
    """Submits a hand-written Workflow; gives the id of the run."""

    def submit(manifest, name="by hand"):
        body = {"name": name, "pipeline_spec": {"workflow_manifest": json.dumps(manifest)}}
        return client.runs.create_run(body).run.id

    return submit
