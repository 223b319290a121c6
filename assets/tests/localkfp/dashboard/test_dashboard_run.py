"""The dashboard over the socket: a run, its steps, their logs and artifacts."""

from __future__ import annotations

import json
import re
import uuid
from urllib.parse import quote

import kfp
import pytest
import yaml
from tests.support.drawings import run as drawn_run
from tests.support.drawings import task as drawn_task
from tests.support.drawings import workflow as drawn_workflow
from tests.support.handout_pipeline import WORKFLOW
from tests.support.pages import started, step_of, uploaded, well_made
from tests.support.workflows import dag, pod, task, workflow, written

# ---- a run ---------------------------------------------------------------------------------------


def test_a_run_shows_its_steps_and_what_each_of_them_did(visit, ended, client):
    run_id = started(visit, ended, WORKFLOW, **{"parameter:value_1": "9", "parameter:value_2": "4"})
    page = visit("GET", f"/runs/details/{run_id}").page
    assert "multiply: Succeeded; after add, subtract" in page.text
    assert "Steps: 3 Succeeded" in page.text
    step = step_of(client, run_id, "multiply")["id"]
    here = f"/runs/details/{run_id}?step={step}"
    assert f"{here}#step" in page.links
    values = visit("GET", here).page.text
    assert re.search(r"add-Output\s*13", values)
    assert re.search(r"multiply-Output.tgz\s*65", values)
    assert "stands in for the image" in visit("GET", f"{here}&show=logs").page.text
    assert "def multiply(" in visit("GET", f"{here}&show=code").page.text
    assert step in visit("GET", f"{here}&show=details").page.text
    assert "no visualizations" in visit("GET", f"{here}&show=visualizations").page.text
    outputs = visit("GET", f"/runs/details/{run_id}?tab=output").page.text
    assert re.search(r"add\s*add-Output\s*13", outputs)


def test_a_step_that_is_not_there_is_said(visit, ended):
    run_id = started(visit, ended, workflow(pod()))
    for step in ("none", "../../../etc"):
        answer = visit("GET", f"/runs/details/{run_id}?step={quote(step)}&show=logs")
        assert (answer.status, "no such step" in answer.page.text) == (200, True)


def test_asking_again_costs_no_page_while_nothing_has_changed(visit, ended):
    run_id = started(visit, ended, workflow(pod()))
    first = visit("GET", f"/runs/details/{run_id}")
    again = visit("GET", f"/runs/details/{run_id}", If_None_Match=first.headers["Etag"])
    assert (again.status, again.data) == (304, b"")
    visit("POST", f"/runs/details/{run_id}/archive")
    changed = visit("GET", f"/runs/details/{run_id}", If_None_Match=first.headers["Etag"])
    assert (changed.status, "Restore" in changed.page.text) == (200, True)


def test_a_run_is_terminated_and_tried_again(visit, until, client):
    version = uploaded(visit, workflow(pod(script="sleep 600")))
    run = visit("POST", "/runs/new", {"version": version, "name": "long"}).to
    run_id = run.rpartition("/")[2]
    until(lambda: client.get_run(run_id).run.status == "Running")
    page = visit("GET", run)
    assert ("Terminate" in page.page.text, "data-poll" in page.text) == (True, True)
    assert visit("POST", f"{run}/retry").status == 409
    assert visit("POST", f"{run}/terminate").to == run
    until(lambda: client.get_run(run_id).run.status == "Failed")
    page = visit("GET", run)
    assert ("Retry" in page.page.text, "data-poll" in page.text) == (True, False)
    assert visit("POST", f"{run}/terminate").status == 400
    assert visit("POST", f"{run}/retry").to == run
    until(lambda: client.get_run(run_id).run.status == "Running")
    visit("POST", f"{run}/terminate")


@pytest.mark.parametrize("gone", [False, True])
def test_the_code_on_the_page_makes_the_run(visit, ended, client, monkeypatch, tmp_path, gone):
    name = f"coded {uuid.uuid4()}"
    run_id = started(visit, ended, workflow(pod(), parameters={"p": "1"}), name=name)
    if gone:
        links = visit("GET", f"/runs/details/{run_id}?tab=config").page.links
        pipeline = next(link for link in links if "/version/" in link).split("/")[3]
        visit("POST", f"/pipelines/details/{pipeline}/delete")
    text = visit("GET", f"/runs/details/{run_id}?tab=client").page.text
    code = "import kfp\n" + text.partition("import kfp\n")[2].partition("run_completion(")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(workflow(pod(), parameters={"p": "1"})))
    names = {}
    exec(code.rpartition("\n")[0], names)
    made = names["run"]
    again = ended(getattr(made, "run_id", None) or made.id).run
    assert (again.name, again.status) == (name, "Succeeded")
    assert [(p.name, p.value) for p in again.pipeline_spec.parameters] == [("p", "1")]


def test_a_run_of_2000_steps_is_shown(visit, stored_run):
    manifest = drawn_run(
        drawn_workflow(*(drawn_task(f"t{n}", *([f"t{n // 10}"] * (n > 0))) for n in range(2000))),
        {f"t{n}": "Succeeded" for n in range(2000)},
        name=f"big-{uuid.uuid4().hex}",
    )
    nodes = [n | {"displayName": "t", "templateName": "x"} for n in _nodes(manifest)]
    row = stored_run(manifest, nodes)
    answer = visit("GET", f"/runs/details/{row['id']}")
    assert (answer.status, "Steps: 2000 Succeeded" in answer.page.text) == (200, True)
    assert sum("step=" in link for link in answer.page.links) == 4000


def _nodes(manifest):
    return manifest["status"]["nodes"].values()


def test_of_a_long_log_the_end_is_shown_and_the_whole_given(visit, stored_run, state):
    name = f"log-{uuid.uuid4().hex}"
    manifest = drawn_run(drawn_workflow(drawn_task("a")), {"a": "Succeeded"}, name=name)
    nodes = [n | {"displayName": "a", "templateName": "pod"} for n in _nodes(manifest)]
    row = stored_run(manifest, nodes)
    identity = f"{name}-a"
    folder = state / "pods" / name / identity
    folder.mkdir(parents=True)
    line = b"<b>line</b> of a long log, of fifty\n"
    (folder / "main.log").write_bytes(b"first\n" + line * (50_000_000 // len(line)) + b"last\n")
    size = (folder / "main.log").stat().st_size
    answer = visit("GET", f"/runs/details/{row['id']}?step={identity}&show=logs")
    assert answer.status == 200
    assert len(answer.data) < 2_000_000
    assert f"The last 1 MB of {size:,} bytes." in answer.page.text
    assert "last\n" in answer.page.text
    assert "b" not in answer.page.tags
    link = next(link for link in answer.page.links if link.endswith("/log"))
    assert len(visit("GET", link).data) == size


# ---- artifacts -----------------------------------------------------------------------------------

PICTURE = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
METADATA = json.dumps(
    {
        "outputs": [
            {"type": "markdown", "storage": "inline", "source": "# Hi <script>x</script>"},
            {"type": "web-app", "storage": "inline", "source": "<script>x</script>"},
        ]
    }
)


@pytest.fixture(scope="module")
def artifacts(client, ended):
    """A run with artifacts of several kinds: the id of the run and that of its step."""
    files = {
        "table-csv": "a,b\n1,<script>x</script>\n",
        "report-md": "# Title <script>x</script>",
        "picture": PICTURE,
        "mlpipeline-ui-metadata": METADATA,
        "mlpipeline-metrics": '{"metrics": [{"name": "accuracy", "numberValue": 0.5}]}',
        "text": "<script>x</script>",
    }
    script = "\n".join(f"cat > /tmp/{n} <<'EOF'\n{text}\nEOF" for n, text in files.items())
    script += "\nmkdir /tmp/folder; echo x > /tmp/folder/inside"
    outputs = [{"name": name, "path": f"/tmp/{name}"} for name in [*files, "folder"]]
    manifest = workflow(pod(script=script, outputs={"artifacts": outputs}))
    body = {"name": "files", "pipeline_spec": {"workflow_manifest": json.dumps(manifest)}}
    run_id = client.runs.create_run(body).run.id
    assert ended(run_id).run.status == "Succeeded"
    live = json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)
    return run_id, next(iter(live["status"]["nodes"]))


def test_artifacts_are_shown_as_what_they_are(visit, artifacts):
    run_id, step = artifacts
    answer = visit("GET", f"/runs/details/{run_id}?step={step}")
    assert well_made(answer)
    assert re.search(r"<td>1</td><td>&lt;script&gt;x&lt;/script&gt;</td>", answer.text)
    assert '<p class="heading heading-1">Title &lt;script&gt;' in answer.text
    assert f"/runs/details/{run_id}/artifacts/{step}/outputs/picture?view=image" in answer.text
    assert "folder/inside" in answer.page.text


def test_the_outputs_of_kubeflows_viewers_are_shown(visit, artifacts):
    run_id, step = artifacts
    answer = visit("GET", f"/runs/details/{run_id}?step={step}&show=visualizations")
    assert well_made(answer)
    assert "Hi &lt;script&gt;" in answer.text
    assert '<iframe class="app" sandbox="allow-scripts"' in answer.text
    assert re.search(r"accuracy\s*0.5", answer.page.text.replace("\n", " "))


@pytest.mark.parametrize(
    ("name", "query", "kind", "policy"),
    [
        ("picture", "?view=image", "image/svg+xml", "sandbox; default-src 'none'"),
        ("picture", "", "application/octet-stream", "sandbox; default-src 'none'"),
        ("text", "", "application/octet-stream", "sandbox; default-src 'none'"),
        ("folder", "", "application/octet-stream", "sandbox; default-src 'none'"),
        ("mlpipeline-ui-metadata", "?view=app&output=1", "text/html", "sandbox allow-scripts;"),
        ("mlpipeline-ui-metadata", "?view=app&output=0", "text/html", "sandbox allow-scripts;"),
    ],
)
def test_an_artifact_comes_as_an_attachment_or_sandboxed(
    visit, artifacts, name, query, kind, policy
):
    run_id, step = artifacts
    answer = visit("GET", f"/runs/details/{run_id}/artifacts/{step}/outputs/{name}{query}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["Content-Security-Policy"].startswith(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    attached = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert attached == (query == "")
    if query.endswith("output=0"):
        assert answer.data == b""
    if name == "text":
        assert answer.data == b"<script>x</script>\n"


@pytest.mark.parametrize(
    "path", ["outputs/none", "inputs/text", "outputs/text?view=image", "outputs/..%2f..%2fx"]
)
def test_what_is_no_artifact_is_not_given(visit, artifacts, path):
    run_id, step = artifacts
    assert visit("GET", f"/runs/details/{run_id}/artifacts/{step}/{path}").status == 404


def test_a_step_taken_from_the_cache_says_so(visit, ended, client):
    outputs = written(out="/tmp/out") | {"artifacts": [{"name": "out", "path": "/tmp/out"}]}
    manifest = workflow(dag("main", task("pod")), pod(script="date > /tmp/out", outputs=outputs))
    runs = [started(visit, ended, manifest) for _ in range(2)]
    steps = [step_of(client, run_id) for run_id in runs]
    shown = [
        "taken from the cache" in visit("GET", f"/runs/details/{r}?step={s['id']}").page.text
        for r, s in zip(runs, steps, strict=True)
    ]
    assert shown == [False, True]
    assert isinstance(client, kfp.Client)
