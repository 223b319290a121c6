"""The dashboard's pages by axe-core, light and dark, and on narrow screens."""

from __future__ import annotations

import json
import uuid

import pytest
from tests.support.workflows import dag, pod, task, workflow

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.slow

expect = sync_api.expect

FILES = {
    "table-csv": "a,b\n1,2\n",
    "report-md": "# Title\n\n[link](http://localhost/)\n",
    "picture": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "mlpipeline-ui-metadata": json.dumps(
        {
            "outputs": [
                {"type": "markdown", "storage": "inline", "source": "# a"},
                {"type": "web-app", "storage": "inline", "source": "<p>x"},
                {
                    "type": "table",
                    "storage": "inline",
                    "source": "1,2\n" * 30,
                    "header": ["a", "b"],
                },
                {
                    "type": "confusion_matrix",
                    "storage": "inline",
                    "source": "a,a,3\na,b,1\nb,b,2\n",
                    "schema": [{"name": name} for name in ("target", "predicted", "count")],
                },
                {
                    "type": "roc",
                    "storage": "inline",
                    "source": "0,0\n0.1,0.8\n1,1\n",
                    "schema": [{"name": name} for name in ("fpr", "tpr")],
                },
            ]
        }
    ),
    "mlpipeline-metrics": json.dumps(
        {"metrics": [{"name": "accuracy", "numberValue": 0.875, "format": "PERCENTAGE"}]}
    ),
}


@pytest.fixture(scope="module")
def pages(client, host, package, ended):
    """The address of every kind of page, with something on it."""
    pipeline = client.upload_pipeline(package, f"axe {uuid.uuid4()}", description="words " * 30)
    experiment = client.create_experiment(f"axe {uuid.uuid4()}").id
    script = "\n".join(f"cat > /tmp/{n} <<'EOF'\n{text}\nEOF" for n, text in FILES.items())
    artifacts = [{"name": name, "path": f"/tmp/{name}"} for name in FILES]
    retried = pod("bad", "echo no; false", retryStrategy={"limit": 1})
    manifest = workflow(
        dag("main", task("good", "good"), task("bad", "bad"), task("late", "good", after=["bad"])),
        pod("good", script, outputs={"artifacts": artifacts}),
        retried,
    )
    spec = {"workflow_manifest": json.dumps(manifest)}
    owner = [{"key": {"type": "EXPERIMENT", "id": experiment}, "relationship": "OWNER"}]
    other = {"name": "y" * 30, "pipeline_spec": spec, "resource_references": owner}
    spared = client.runs.create_run(other).run.id
    body = {"name": "x" * 90, "pipeline_spec": spec, "resource_references": owner}
    run = client.runs.create_run(body).run.id
    job = client.create_recurring_run(
        experiment, f"axe {uuid.uuid4()}", interval_second=604800, pipeline_id=pipeline.id
    ).id
    ended(spared)
    live = json.loads(ended(run).pipeline_runtime.workflow_manifest)
    steps = {n["displayName"]: n["id"] for n in live["status"]["nodes"].values()}
    here = f"/runs/details/{run}"
    return {
        "pipelines": "/pipelines",
        "no pipelines": "/pipelines?q=nothing-is-called-so",
        "upload": "/pipeline_versions/new",
        "pipeline": f"/pipelines/details/{pipeline.id}",
        "pipeline alone": f"/pipelines/details/{pipeline.id}?summary=hidden",
        "yaml": f"/pipelines/details/{pipeline.id}?tab=yaml",
        "choose": "/runs/new",
        "gone": "/runs/new?pipelineId=none",
        "new run": f"/runs/new?pipelineId={pipeline.id}",
        "runs": "/runs",
        "archive": "/archive/runs",
        "experiments": "/experiments",
        "experiment": f"/experiments/details/{experiment}",
        "new experiment": "/experiments/new",
        "run": here,
        **{tab: f"{here}?tab={tab}" for tab in ("output", "config", "yaml", "client")},
        **{
            f"{name} {show}": f"{here}?step={steps[name]}&show={show}"
            for name in ("good", "bad", "late")
            for show in ("io", "visualizations", "details", "logs", "code")
        },
        "error": "/runs/details/none",
        "no page": "/nothing",
        "artifacts": "/artifacts",
        "compare": f"/compare?runlist={run},{spared}",
        "compare one": f"/compare?runlist={run},{spared}&only=1&run={run}",
        "compare none": f"/compare?runlist={run},{spared}&only=1",
        "recurring runs": "/recurringruns",
        "recurring run": f"/recurringrun/details/{job}",
        "new recurring run": f"/recurringruns/new?pipelineId={pipeline.id}",
        "clone, recurring": f"/recurringruns/new?cloneFromRun={run}",
        "choose, recurring": "/recurringruns/new",
        "gone, recurring": "/recurringruns/new?pipelineId=none",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(open_page, pages, scheme):
    page = open_page("/", color_scheme=scheme)
    found = {}
    for name, path in pages.items():
        page.goto(path)
        for broken in axe.Axe().run(page).response["violations"]:
            found[name, broken["id"]] = [node["html"] for node in broken["nodes"]][:3]
    assert found == {}


def test_axe_finds_what_is_wrong(open_page):
    page = open_page("/pipelines")
    page.evaluate("document.querySelector('label').remove()")
    assert {v["id"] for v in axe.Axe().run(page).response["violations"]} == {"label"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_form_with_errors(open_page, scheme):
    page = open_page("/pipeline_versions/new", color_scheme=scheme)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe.Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("width", [360, 380, 800, 1200, 1400])
def test_no_page_scrolls_sideways(open_page, pages, width):
    page = open_page("/", viewport={"width": width, "height": 700})
    wide = {}
    for name, path in pages.items():
        page.goto(path)
        inner = page.evaluate("document.documentElement.scrollWidth")
        if inner > width:
            wide[name] = inner
    assert wide == {}
