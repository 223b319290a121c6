"""The dashboard in headless Chromium: compared runs, recurring runs, the picture of a graph."""

from __future__ import annotations

import re
import uuid

import pytest
from tests.support.pages import uploaded
from tests.support.workflows import dag, pod, task, workflow

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.slow

expect = sync_api.expect


def test_a_recurring_run_by_the_form_fires_is_switched_off_and_deleted(open_page, visit):
    version = uploaded(visit, workflow(pod()))
    page = open_page(f"/runs/new?versionId={version}")
    page.get_by_role("link", name="Recurring", exact=True).click()
    page.get_by_label("Run name").fill(f"often {uuid.uuid4()}")
    page.get_by_label("Run every").fill("1")
    page.get_by_label("Unit").select_option("second")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/recurringrun/details/"))
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#rows").get_by_role("row").nth(1)).to_contain_text("Succeeded")
    assert page.evaluate("window.sameDocument")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("#facts")).to_contain_text("Off: it makes no runs")
    page.get_by_text("Delete", exact=True).press("Enter")
    page.get_by_role("button", name="Delete recurring run").press("Enter")
    page.wait_for_url(re.compile("/recurringruns$"))


def test_a_new_run_appears_all_are_selected_and_compared(open_page, client, started, ended):
    name = f"beside {uuid.uuid4()}"
    ended(started(workflow(pod()), name=name))
    page = open_page(f"/runs?q={name}", timezone_id="Asia/Seoul")
    boxes = page.locator("input[name=run]")
    expect(boxes).to_have_count(1)
    boxes.check()
    ended(started(workflow(pod()), name=name))
    expect(boxes).to_have_count(2)
    assert [box.is_checked() for box in boxes.all()] == [False, True]
    time = page.locator("#rows time").first
    assert "UTC" in time.get_attribute("title")
    assert "UTC" not in time.inner_text()
    page.get_by_label("Select all runs on this page").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare runs")
    address = page.url
    ids = re.findall("run=([^&]+)", address)
    page.goto("about:blank")
    page.goto(f"/#/compare?runlist={','.join(ids)}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare runs")


def test_a_graph_is_zoomed_moved_and_fitted_by_mouse_and_keyboard(open_page, started, ended):
    side = [task(f"step-{number}", "one") for number in range(9)]
    run = started(workflow(dag("main", *side, task("end", "one", after=["step-0"])), pod("one")))
    ended(run)
    page = open_page(f"/runs/details/{run}", viewport={"width": 900, "height": 700})
    view = page.locator("#view")

    def wide():
        return view.locator("svg").evaluate("svg => svg.getBoundingClientRect().width")

    def left():
        return view.evaluate("view => view.scrollLeft")

    before = wide()
    page.get_by_role("button", name="Zoom in").click()
    assert wide() == pytest.approx(before * 1.25, rel=0.01)
    view.press("-")
    assert wide() == pytest.approx(before, rel=0.01)
    view.press("0")
    assert wide() <= view.evaluate("view => view.clientWidth") + 1
    view.press("1")
    view.evaluate("view => { view.scrollLeft = 0 }")
    box = view.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 12)
    page.mouse.up()
    assert left() == 200
    page.get_by_role("button", name="Steps as a list").click()
    expect(page.get_by_role("button", name="Steps as a list")).to_have_attribute(
        "aria-expanded", "true"
    )
    page.locator("#steps a", has_text="step-8").click()
    page.wait_for_url(re.compile("step="))
    assert page.evaluate("scrollY") == 0
