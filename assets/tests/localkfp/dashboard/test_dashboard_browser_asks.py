"""The dashboard in headless Chromium: what asks first, what is ticked, compared runs, the menu."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import uuid

import pytest
from kfp_server_api import ApiException
from tests.support.pages import uploaded
from tests.support.workflows import dag, pod, task, workflow

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.slow

expect = sync_api.expect


# ---- what asks first -----------------------------------------------------------------------------


@pytest.fixture
def long_run(started, client):
    run = started(workflow(pod(script="sleep 600")), name=f"long {uuid.uuid4()}")
    yield run
    with contextlib.suppress(ApiException):  # it has ended, if the test went well
        client.runs.terminate_run(run)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1400])
@pytest.mark.parametrize("keyboard", [False, True])
def test_terminate_asks_first(open_page, long_run, scheme, width, keyboard):
    page = open_page(
        f"/runs/details/{long_run}", viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    asks = page.locator("#actions summary", has_text="Terminate")
    does = page.get_by_role("button", name="Terminate run")

    def go(part):
        part.press("Enter") if keyboard else part.click()

    go(asks)
    expect(does).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.Axe().run(page).response["violations"] == []
    if keyboard:
        page.keyboard.press("Escape")
        expect(asks).to_be_focused()
    else:
        page.get_by_role("heading", level=1).click()
    expect(does).to_be_hidden()
    expect(page.get_by_role("status")).to_contain_text("Running")
    go(asks)
    go(does)
    expect(page.get_by_role("status")).to_contain_text("Failed")


@pytest.mark.parametrize("width", [380, 1400])
@pytest.mark.parametrize("keyboard", [False, True])
def test_many_runs_are_deleted_by_one_question(open_page, started, ended, client, width, keyboard):
    name = f"many {uuid.uuid4()}"
    for run in [started(workflow(pod()), name=name) for _ in range(3)]:
        ended(run)
        client.runs.archive_run(run)
    page = open_page(f"/archive/runs?q={name}", viewport={"width": width, "height": 800})
    boxes = page.locator("input[name=run]")
    expect(page.get_by_role("button", name="Restore")).to_be_disabled()
    if keyboard:
        for number in (0, 2):
            boxes.nth(number).press("Space")
        page.locator(".confirm summary").press("Enter")
        page.get_by_role("button", name="Delete for good").press("Enter")
    else:
        page.get_by_label("Select all runs on this page").check()
        boxes.nth(1).uncheck()
        page.locator(".confirm summary").click()
        does = page.get_by_role("button", name="Delete for good")
        expect(does).to_be_in_viewport(ratio=1)
        does.click()
    page.goto(f"/archive/runs?q={name}")
    expect(boxes).to_have_count(1)


def test_pipelines_are_deleted_by_one_question(open_page, visit):
    word = uuid.uuid4().hex
    for letter in "abc":
        uploaded(visit, workflow(pod()), name=f"{letter} {word}")
    page = open_page(f"/pipelines?q={word}")
    page.get_by_label(f"Select a {word}").check()
    page.get_by_label(f"Select c {word}").press("Space")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete pipelines").click()
    page.goto(f"/pipelines?q={word}")
    expect(page.locator("input[name=pipeline]")).to_have_count(1)


def test_as_many_are_ticked_as_it_takes(open_page, started, ended):
    name = f"ticked {uuid.uuid4()}"
    for run in [started(workflow(pod()), name=name) for _ in range(2)]:
        ended(run)
    page = open_page(f"/runs?q={name}")
    boxes, names = page.locator("input[name=run]"), ("Compare", "Clone", "Archive")

    def able():
        return [page.get_by_role("button", name=name, exact=True).is_enabled() for name in names]

    assert able() == [False, False, False]
    boxes.nth(0).check()
    assert able() == [False, True, True]
    boxes.nth(1).check()
    assert able() == [True, False, True]
    boxes.nth(1).uncheck()
    page.get_by_role("button", name="Clone", exact=True).click()
    page.wait_for_url(re.compile("cloneFromRun="))
    expect(page.get_by_label("Run name")).to_have_value(f"Clone of {name}")


# ---- compared runs, visualizations ---------------------------------------------------------------

OUTPUTS = [
    {"type": "markdown", "storage": "inline", "source": "# Report"},
    {
        "type": "roc",
        "storage": "inline",
        "source": "0,0\n0.1,0.8\n1,1\n",
        "schema": [{"name": "fpr"}, {"name": "tpr"}],
    },
    {
        "type": "web-app",
        "storage": "inline",
        "source": "<body style='margin:0;background:#0f0'><p>shown</p></body>",
    },
]


@pytest.fixture(scope="module")
def shown(client, ended):
    """The ids of three runs with visualizations."""
    texts = {
        "mlpipeline-ui-metadata": json.dumps({"outputs": OUTPUTS}),
        "mlpipeline-metrics": json.dumps({"metrics": [{"name": "loss", "numberValue": 0.5}]}),
    }
    script = "\n".join(f"cat > /tmp/{name} <<'EOF'\n{text}\nEOF" for name, text in texts.items())
    artifacts = [{"name": name, "path": f"/tmp/{name}"} for name in texts]
    manifest = workflow(
        dag("main", task("views", "views")), pod("views", script, outputs={"artifacts": artifacts})
    )
    spec = {"workflow_manifest": json.dumps(manifest)}
    runs = [
        client.runs.create_run({"name": f"shown {n}", "pipeline_spec": spec}).run.id
        for n in range(3)
    ]
    for run in runs:
        ended(run)
    return runs


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1400])
def test_compared_runs_are_ticked_filtered_and_folded(open_page, shown, scheme, width):
    page = open_page(
        f"/compare?runlist={','.join(shown)}",
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    )
    page.evaluate("window.sameDocument = true")
    heads = page.locator("#part-Metrics thead th")
    curves = page.get_by_role("img", name=re.compile("ROC curve"))
    expect(heads).to_have_text(["Name", "shown 0", "shown 1", "shown 2"])
    expect(curves).to_have_count(3)
    page.get_by_label("Select shown 1").uncheck()
    expect(heads).to_have_text(["Name", "shown 0", "shown 2"])
    expect(curves).to_have_count(2)
    page.get_by_label("Select shown 1").press("Space")
    expect(heads).to_have_text(["Name", "shown 0", "shown 1", "shown 2"])
    page.get_by_label("Select all runs on this page").uncheck()
    expect(page.locator("#part-Metrics")).to_contain_text("No run is selected.")
    page.get_by_label("Select all runs on this page").check()
    expect(curves).to_have_count(3)
    rows = page.locator("#compared tbody tr")
    page.get_by_label("Filter runs").fill("N 2")
    assert [row.is_visible() for row in rows.all()] == [False, False, True]
    page.get_by_label("Filter runs").fill("")
    page.get_by_role("button", name="Run name").click()
    page.get_by_role("button", name="Run name").press("Enter")
    expect(rows.first).to_contain_text("shown 2")
    page.get_by_role("button", name="Collapse all").click()
    expect(page.locator("details.part[open]")).to_have_count(0)
    assert axe.Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Expand all").press("Enter")
    expect(page.locator("details.part:not([open])")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("window.sameDocument")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frame_of_an_html_output_is_painted(open_page, shown, scheme):
    for path in (f"/runs/details/{shown[0]}?tab=output", f"/compare?runlist={','.join(shown)}"):
        page = open_page(path, color_scheme=scheme)
        frame = page.locator("iframe.app").first
        frame.scroll_into_view_if_needed()
        expect(page.frame_locator("iframe.app").first.locator("p")).to_be_visible()
        green = """async (data) => {
            const bitmap = await createImageBitmap(await (await fetch(data)).blob());
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
            canvas.drawImage(bitmap, 0, 0);
            return [...canvas.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data];
        }"""
        blank = page.context.new_page()  # whose policy lets data be fetched
        for _ in range(50):
            red, lime, blue, _alpha = blank.evaluate(green, _data(frame.screenshot()))
            if lime > 150 and red + blue < 100:
                break
        else:
            raise AssertionError(f"the frame is blank on {path}: {(red, lime, blue)}")


def _data(picture):
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def test_a_visualization_has_the_whole_screen(open_page, shown):
    page = open_page(f"/runs/details/{shown[0]}?tab=output")
    button = page.get_by_role("button", name="Full screen: ROC curve")
    before = page.get_by_role("img", name=re.compile("ROC curve")).bounding_box()["height"]
    button.click()
    page.wait_for_function("document.fullscreenElement?.matches('.look')")
    assert page.get_by_role("img", name=re.compile("ROC curve")).bounding_box()["height"] > before
    button.press("Enter")
    page.wait_for_function("!document.fullscreenElement")


# ---- the menu ------------------------------------------------------------------------------------


def test_the_menu_folds_and_stays_so_on_the_next_page(open_page):
    page = open_page("/runs")
    menu, entry = (
        page.get_by_role("button", name="Menu"),
        page.get_by_role("link", name="Pipelines"),
    )
    wide = page.locator("main").bounding_box()["width"]
    menu.click()
    expect(entry.first).to_be_hidden()
    assert page.locator("main").bounding_box()["width"] > wide + 100
    page.goto("/experiments")
    expect(entry.first).to_be_hidden()
    assert axe.Axe().run(page).response["violations"] == []
    menu.press("Enter")
    expect(entry.first).to_be_visible()
