"""The picture of a graph in headless Chromium: by wheel, by fingers, in the dark, on any width."""

from __future__ import annotations

import json

import pytest
from tests.support.workflows import dag, pod, task, workflow

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.slow

expect = sync_api.expect


@pytest.fixture(scope="module")
def wide(client, ended):
    """The address of a run whose graph is wider and higher than its place."""
    rows = [task(f"step-{n}", "one", after=[f"step-{n - 9}"] * (n > 8)) for n in range(81)]
    manifest = workflow(dag("main", *rows), pod("one"))
    body = {"name": "wide", "pipeline_spec": {"workflow_manifest": json.dumps(manifest)}}
    run = client.runs.create_run(body).run.id
    ended(run)
    return f"/runs/details/{run}"


class View:
    """The place of the picture on an open page."""

    def __init__(self, page):
        self.page, self.place = page, page.locator("#view")
        self.place.press("1")

    @property
    def width(self):
        return self.place.locator("svg").evaluate("svg => svg.getBoundingClientRect().width")

    @property
    def scrolled(self):
        return self.place.evaluate("view => [view.scrollLeft, view.scrollTop]")

    @property
    def middle(self):
        box = self.place.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def until(self, condition):
        """Waits for a condition in JavaScript on `view`."""
        self.page.wait_for_function(f"view => {condition}", arg=self.place.element_handle())


def test_the_wheel_moves_and_with_control_zooms_where_it_is(open_page, wide):
    page = open_page(wide, viewport={"width": 900, "height": 700})
    view = View(page)
    natural = view.width
    view.place.evaluate("view => view.scrollTo(0, 0)")
    page.mouse.move(*view.middle)
    page.mouse.wheel(120, 80)
    view.until("view.scrollLeft === 120 && view.scrollTop === 80")
    assert view.width == natural
    under = "([x, y]) => document.elementFromPoint(x, y)?.closest('a')?.href.baseVal"
    place = page.locator("#view a").nth(12).bounding_box()
    point = [place["x"] + place["width"] / 2, place["y"] + place["height"] / 2]
    step = page.evaluate(under, point)
    page.mouse.move(*point)
    before = page.evaluate("scrollY")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -150)
    view.until(f"view.querySelector('svg').getBoundingClientRect().width > {natural} * 1.5")
    page.keyboard.up("Control")
    assert page.evaluate(under, point) == step
    assert page.evaluate("[visualViewport.scale, scrollY]") == [1, before]


def test_two_fingers_zoom_and_one_moves(open_page, wide):
    page = open_page(wide, viewport={"width": 400, "height": 700}, has_touch=True)
    view = View(page)
    view.place.scroll_into_view_if_needed()
    natural = view.width
    x, y = view.middle
    devtools = page.context.new_cdp_session(page)

    def touch(kind, *points):
        places = [{"x": x + a, "y": y + b, "id": n} for n, (a, b) in enumerate(points)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (-30, 0), (30, 0))
    touch("touchMove", (-45, 0), (45, 0))
    touch("touchMove", (-60, 0), (60, 0))
    touch("touchEnd")
    assert view.width == pytest.approx(2 * natural, rel=0.02)
    assert page.evaluate("visualViewport.scale") == 1
    view.place.press("1")
    view.place.evaluate("view => view.scrollTo(0, 0)")
    x, y = view.middle
    for across, down, moved in ((-10, 0, "view.scrollLeft > 60"), (0, -10, "view.scrollTop > 60")):
        touch("touchStart", (0, 0))
        for step in range(1, 13):
            touch("touchMove", (across * step, down * step))
        touch("touchEnd")
        view.until(moved)
    assert page.url.endswith(wide)  # no step was chosen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 640, 1000, 1400])
def test_a_graph_fits_at_every_width_and_its_steps_are_reached(open_page, wide, scheme, width):
    page = open_page(wide, viewport={"width": width, "height": 800}, color_scheme=scheme)
    view = View(page)
    natural = view.width
    page.get_by_role("button", name="Fit").click()
    box, drawn = view.place.bounding_box(), view.place.locator("svg").bounding_box()
    assert drawn["width"] <= box["width"] + 1
    assert drawn["height"] <= box["height"] + 1
    page.get_by_role("button", name="100%").click()
    assert view.width == natural
    expect(page.locator("#steps")).to_have_class("steps folded")
    page.get_by_role("button", name="Steps as a list").press("Enter")
    page.locator("#steps a", has_text="step-80").press("Enter")
    expect(page.locator("#step-head")).to_contain_text("step-80")
    # beside the graph, or on a narrow screen below it
    expect(page.locator("#picture .chosen" if width > 800 else "#step-head")).to_be_in_viewport()


def test_arrows_that_others_imply_are_left_out_and_come_back(open_page, started, ended):
    steps = [task("a"), task("b", after=["a"]), task("c", after=["a", "b"])]
    run = started(workflow(dag("main", *steps), pod()))
    ended(run)
    page = open_page(f"/runs/details/{run}")
    whole = page.locator("#picture").inner_html()
    page.get_by_role("link", name="Simplify graph").click()
    page.wait_for_url("**simple=1")
    assert len(page.locator("#picture").inner_html()) < len(whole)
    expect(page.locator("#steps a", has_text="c: Succeeded")).to_have_count(1)
    page.get_by_role("link", name="Show every arrow").press("Enter")
    page.wait_for_url(f"**/{run}")
    assert page.locator("#picture").inner_html() == whole
