"""A learner whose browser is elsewhere, as in JupyterHub or Binder: JupyterLab below a prefix and
by another name, and from a lesson to the dashboard through a real jupyter-server-proxy."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from tests.support.jupyterlab import (
    free_port,
    open_notebook,
    restart_and_run_all,
    running_lab,
    wait_for_the_last_cell,
)

pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.slow

PREFIX, HUB = "/user/jo/", "hub.example"
LESSON = "solutions/05_submit_and_run.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab as the browser calls it."""
    port = free_port()
    origin = f"http://{HUB}:{port}"
    with running_lab(
        tmp_path_factory.mktemp("lab"),
        "--ServerApp.allow_remote_access=True",
        port=port,
        path=PREFIX,
        JUPYTERHUB_SERVICE_PREFIX=PREFIX,
        JUPYTERHUB_PUBLIC_URL=f"{origin}{PREFIX}",
    ):
        yield f"{origin}{PREFIX}".rstrip("/")


@pytest.fixture(scope="module")
def window():
    """A window of a browser for which the hub's name is this machine."""
    from tests.support.chromium import launched

    with launched(f"--host-resolver-rules=MAP {HUB} 127.0.0.1") as browser:
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        context.set_default_timeout(60_000)
        yield context


def test_a_lesson_runs_and_its_links_lead_to_the_dashboard(window, lab):
    page = window.new_page()
    open_notebook(page, lab, LESSON)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    restart_and_run_all(page)
    page.get_by_text("Its pages in your browser").wait_for()  # this run's, not what was stored
    wait_for_the_last_cell(page)
    told = re.search(r"Its pages in your browser: (\S+)", page.inner_text(".jp-Notebook"))
    assert told, page.inner_text(".jp-Notebook")[:3000]
    pages = told[1]
    assert re.fullmatch(rf"{re.escape(lab)}/proxy/\d+/", pages)
    links = page.locator(f".jp-OutputArea a[href^='{pages}#/runs/details/']")
    with window.expect_page() as opened:
        links.first.click()
    run = opened.value
    run.wait_for_selector("svg a")
    assert urlsplit(run.url).path.startswith(urlsplit(pages).path + "runs/details/")


def test_every_link_and_form_of_the_dashboard_stays_below_the_prefix(window, lab):
    page = window.new_page()
    wrong = []
    page.on("requestfailed", lambda asked: wrong.append(asked.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    notebook = window.pages[0].inner_text(".jp-Notebook")
    pages = re.search(r"Its pages in your browser: (\S+)", notebook)[1]
    page.goto(pages)
    assert page.get_by_role("heading", name="Pipelines").count()
    for section in ("Experiments", "Runs"):
        page.get_by_role("navigation").get_by_role("link", name=section, exact=True).first.click()
        page.wait_for_url(f"{pages}{section.lower()}")
    page.locator("tbody a").first.click()
    page.wait_for_url(f"{pages}runs/details/**")
    addresses = page.locator("a, script, link, form").evaluate_all(
        "all => all.map(e => e.href?.baseVal ? new URL(e.href.baseVal, location).href"
        " : e.href || e.src || e.action).filter(Boolean)"
    )
    assert len(addresses) > 5
    outside = [address for address in addresses if not address.startswith(pages)]
    assert outside == ["https://www.kubeflow.org/docs/components/pipelines/legacy-v1/"]
    page.goto(f"{pages}experiments/new")
    page.get_by_label("Experiment name").fill("made behind a proxy")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url(f"{pages}experiments/details/**")
    assert page.get_by_role("heading", name="made behind a proxy").count()
    assert wrong == []


def test_another_name_than_the_hubs_prefix_gives_is_refused(window, lab):
    """What rebinds a name to this machine asks at localkfp's own port."""
    notebook = window.pages[0].inner_text(".jp-Notebook")
    port = re.search(r"/proxy/(\d+)/", notebook)[1]
    asked = window.request.get(
        f"http://127.0.0.1:{port}/",
        headers={"Host": f"{HUB}:{port}", "X-Forwarded-Context": f"{PREFIX}proxy/{port}"},
    )
    assert asked.status == 403
