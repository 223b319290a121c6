"""The dashboard in headless Chromium: the whole way by mouse and by keyboard, live, accessible."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest
from tests.support.workflows import dag, pod, task, workflow

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.slow

expect = sync_api.expect


# ---- the whole way -------------------------------------------------------------------------------


def test_by_mouse_from_upload_to_log(open_page, package):
    name = f"add {uuid.uuid4()}"
    page = open_page("/")
    page.get_by_role("link", name="Upload pipeline").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("File").set_input_files(package)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} ({name})")
    page.locator(".picture a", has_text="subtract").click()  # a step in the picture
    expect(page.locator("#step pre").first).to_contain_text("def subtract(")
    page.get_by_role("link", name="Create run").click()
    expect(page.get_by_label("value_1")).to_have_value("5")
    page.get_by_label("value_1").fill("7")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_contain_text("Succeeded", timeout=30_000)
    expect(page.get_by_role("status")).to_contain_text("Steps: 3 Succeeded")
    page.locator(".picture a", has_text="multiply").click()
    inputs = page.locator("#step-io table").first
    expect(inputs).to_contain_text("10")  # 7 + 3
    expect(page.locator("#step-io pre.preview")).to_have_text("40\n")  # times 7 - 3
    page.get_by_role("link", name="Logs", exact=True).click()
    expect(page.get_by_label("Log", exact=True)).to_contain_text("stands in for the image")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the whole log").click()
    assert "stands in for the image" in download.value.path().read_text()


def press_to(page, role, name, limit=80):
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    wanted = page.get_by_role(role, name=name).first
    wanted.wait_for()
    for _ in range(limit):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never reached the {role} {name!r}")


def test_by_keyboard_alone_from_upload_to_log(open_page, package):
    name = f"keys {uuid.uuid4()}"
    page = open_page("/pipelines")
    # the browser is told to hand choosers over when the first listens, which takes a moment
    page.on("filechooser", lambda chooser: None)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    press_to(page, "link", "Upload pipeline")
    page.keyboard.press("Enter")
    press_to(page, "textbox", "Name")
    page.keyboard.type(name)
    press_to(page, "button", "File")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(package)
    press_to(page, "button", "Create")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/pipelines/details/"))
    press_to(page, "link", "Create run")
    page.keyboard.press("Enter")
    press_to(page, "textbox", "value_1")
    page.keyboard.press("Control+a")
    page.keyboard.type("6")
    page.keyboard.press("Enter")  # sends the form
    page.wait_for_url(re.compile("/runs/details/"))
    expect(page.get_by_role("status")).to_contain_text("Succeeded", timeout=30_000)
    press_to(page, "link", "add: Succeeded")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("step="))
    press_to(page, "link", "Logs")  # the fragment has brought the focus to the step
    page.keyboard.press("Enter")
    expect(page.get_by_label("Log", exact=True)).to_contain_text("stands in for the image")


def test_without_scripts_every_step_of_the_way_works(open_page, package):
    page = open_page("/pipeline_versions/new", java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill(f"plain {uuid.uuid4()}")
    page.get_by_label("File").set_input_files(package)
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Create run").click()
    page.get_by_role("button", name="Start").click()
    for _ in range(100):
        if page.get_by_role("link", name="Refresh").count() == 0:
            break
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("status")).to_contain_text("Steps: 3 Succeeded")


# ---- the links of the client ---------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/pipeline"])
def test_the_links_that_the_client_prints_open_the_right_page(
    open_page, client, package, started, ended, prefix
):
    run = started(workflow(pod()))
    ended(run)
    pipeline = client.upload_pipeline(package, f"linked {uuid.uuid4()}")
    version = client.upload_pipeline_version(package, "v2", pipeline_id=pipeline.id)
    experiment = client.create_experiment(f"linked {uuid.uuid4()}")
    page = open_page("/")
    for link, heading in [
        (f"runs/details/{run}", "by hand"),
        (f"experiments/details/{experiment.id}", experiment.name),
        (f"pipelines/details/{pipeline.id}", f"{pipeline.name} (v2)"),
        (f"pipelines/details/{version.id}", f"{pipeline.name} (v2)"),  # a slip of kfp's
        (f"pipelines/details/{pipeline.id}/version/{pipeline.id}", pipeline.name),
        ("pipelines", "Pipelines"),
        ("archive/runs", "Archived runs"),
        (f"runs/new?pipelineId={pipeline.id}", "Start a run"),
    ]:
        page.goto("about:blank")
        page.goto(f"{prefix}/#/{link}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_a_hash_leads_to_no_other_site(open_page, host):
    page = open_page("/pipelines")
    for fragment in ("//evil.example", "/\\evil.example", "/runs.evil", "javascript:alert(1)"):
        page.goto("about:blank")
        page.goto(f"/pipelines#{fragment}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Pipelines")
        assert page.url.startswith(f"{host}/pipelines#")


# ---- live ----------------------------------------------------------------------------------------


def test_a_change_is_seen_without_reloading(open_page, started):
    wait = "while ! test -e /var/tmp/{0}; do sleep 0.05; done; echo end of {0}"
    names = [f"dashboard-{uuid.uuid4().hex}" for _ in range(2)]
    manifest = workflow(
        dag("main", task("first", "one"), task("second", "two", after=["first"])),
        pod("one", wait.format(names[0])),
        pod("two", f"echo begin; {wait.format(names[1])}"),
    )
    files = [Path("/var/tmp") / name for name in names]
    try:
        run = started(manifest)
        page = open_page(f"/runs/details/{run}")
        page.evaluate("window.sameDocument = true")
        expect(page.get_by_role("link", name="second: not started")).to_be_visible()
        expect(page.get_by_role("link", name="first: Running")).to_be_visible()
        page.get_by_text("The API calls behind this page").click()  # what is open stays open
        files[0].touch()
        expect(page.get_by_role("link", name="second: Running")).to_be_visible()
        expect(page.locator("#picture")).to_contain_text("Running")
        assert page.evaluate("window.sameDocument")
        assert page.locator("footer details").get_attribute("open") is not None
        page.get_by_role("link", name="second: Running").press("Enter")
        page.get_by_role("link", name="Logs", exact=True).click()
        log = page.get_by_label("Log", exact=True)
        expect(log).to_contain_text("begin")
        page.evaluate("window.sameDocument = true")
        files[1].touch()
        expect(log).to_contain_text(f"end of {names[1]}")
        expect(page.get_by_role("status")).to_contain_text("2 Succeeded")
        expect(page.locator("#step-head")).to_contain_text("Succeeded")
        assert page.evaluate("window.sameDocument")
        expect(page.get_by_role("button", name="Terminate")).to_have_count(0)
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def test_the_list_of_runs_shows_that_a_run_has_ended(open_page, started, client):
    run = started(workflow(pod(script="sleep 600")), name=f"long {uuid.uuid4()}")
    page = open_page("/runs")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Running")
    page.evaluate("window.sameDocument = true")
    box = row.get_by_role("checkbox")
    box.check()
    client.runs.terminate_run(run)
    expect(row).to_contain_text("Failed")
    assert page.evaluate("window.sameDocument")
    expect(row.get_by_role("checkbox")).to_be_checked()


def test_a_graph_wider_than_its_place_begins_at_the_chosen_step(open_page, started, ended):
    side = [task(f"step-{number}", "one") for number in range(9)]
    run = started(workflow(dag("main", *side), pod("one", "echo")))
    ended(run)
    page = open_page(f"/runs/details/{run}", viewport={"width": 900, "height": 700})
    for name in ("step-0", "step-8"):
        page.locator("#steps a", has_text=name).press("Enter")
        expect(page.locator("#picture .chosen")).to_be_in_viewport(ratio=1)


# ---- bad input -----------------------------------------------------------------------------------


def test_bad_input_is_said_beside_its_field_and_what_was_typed_stays(open_page, package, tmp_path):
    bad = tmp_path / "no.yaml"
    bad.write_text("a: 1")
    page = open_page("/pipeline_versions/new")
    page.get_by_label("Name", exact=True).fill("typed name")
    page.get_by_label("File").set_input_files(str(bad))
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("not a Workflow")
    assert page.title().startswith("Error: ")
    expect(page.get_by_label("File")).to_have_accessible_description(re.compile("not a Workflow"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("typed name")
    page.get_by_label("Name", exact=True).fill(f"good {uuid.uuid4()}")
    page.get_by_label("File").set_input_files(package)
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Create run").click()
    page.get_by_label("value_1").fill("five")
    page.get_by_role("button", name="Start").click()
    field = page.get_by_label("value_1")
    expect(field).to_have_value("five")
    expect(field).to_have_accessible_description(re.compile("'five' is not a whole number"))
    page.get_by_role("alert").get_by_role("link", name="value_1").click()
    expect(field).to_be_focused()
    field.fill("1")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/runs/details/"))


def test_an_html_output_runs_in_a_frame_that_reaches_nothing(open_page, started, ended):
    program = (
        "<p id=a>x</p><script>a.textContent = 'ran ' + origin;"
        "fetch('/apis/v1beta1/healthz').catch(() => a.textContent += ' alone')</script>"
    )
    output = {"type": "web-app", "storage": "inline", "source": program}
    data = json.dumps({"outputs": [output]})
    script = f"cat > /tmp/out <<'EOF'\n{data}\nEOF"
    outputs = {"artifacts": [{"name": "mlpipeline-ui-metadata", "path": "/tmp/out"}]}
    run = started(workflow(pod(script=script, outputs=outputs)))
    assert ended(run).run.status == "Succeeded"
    page = open_page(f"/runs/details/{run}")
    page.locator("#steps a").press("Enter")
    page.get_by_role("link", name="Visualizations").click()
    frame = page.frame_locator("iframe.app")
    expect(frame.locator("#a")).to_have_text("ran null alone")
    assert any("Content Security Policy" in line for line in page.complaints)
    page.complaints.clear()
