"""The dashboard over the socket: what the web front end of a cluster does, done here as well."""

from __future__ import annotations

import json
import uuid

import pytest
from tests.support.handout_pipeline import WORKFLOW
from tests.support.pages import started, step_of, upload, uploaded, well_made
from tests.support.workflows import dag, pod, task, workflow


def outputs(**files):
    """A pod that writes each text to an artifact of the name."""
    names = {name.replace("_", "-"): text for name, text in files.items()}
    script = "\n".join(f"cat > /tmp/{name} <<'EOF'\n{text}\nEOF" for name, text in names.items())
    artifacts = [{"name": name, "path": f"/tmp/{name}"} for name in names]
    return workflow(dag("main", task("pod")), pod("pod", script, outputs={"artifacts": artifacts}))


def test_visualizations_are_read_from_the_artifacts_of_the_store(visit, ended, client):
    first = started(visit, ended, outputs(scores="1,2", page="<b>kept</b>"))
    keys = {a["name"]: a["s3"]["key"] for a in step_of(client, first)["outputs"]["artifacts"]}
    shown = [
        {"type": kind, "storage": "minio", "source": f"minio://mlpipeline/{keys[name]}", **more}
        for kind, name, more in (
            ("table", "scores", {"header": ["a", "b"]}),
            ("web-app", "page", {}),
        )
    ]
    second = started(visit, ended, outputs(mlpipeline_ui_metadata=json.dumps({"outputs": shown})))
    page = visit("GET", f"/runs/details/{second}?tab=output")
    assert well_made(page)
    assert '<th scope="col">a</th>' in page.text
    node = step_of(client, second)["id"]
    place = f"/runs/details/{second}/artifacts/{node}/outputs/mlpipeline-ui-metadata"
    assert visit("GET", f"{place}?view=app&output=1").text.strip() == "<b>kept</b>"


def test_all_of_an_artifact_is_shown_as_text_that_runs_nothing(visit, ended, client):
    run = started(visit, ended, outputs(page="<script>1</script>" + "x" * 100_000))
    node = step_of(client, run)["id"]
    place = f"/runs/details/{run}/artifacts/{node}/outputs/page?view=text"
    assert place in visit("GET", f"/runs/details/{run}?step={node}").page.links
    whole = visit("GET", place)
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert whole.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert len(whole.data) > 100_000


def test_the_ticked_runs_are_beside_each_other(visit, ended):
    given = [{"parameter:value_1": value} for value in "987"]
    ids = [started(visit, ended, WORKFLOW, **each, name=f"run {n}") for n, each in enumerate(given)]
    every = f"/compare?runlist={','.join(ids)}"

    def titles(address):
        page = visit("GET", address)
        assert well_made(page)
        assert page.text.count('aria-label="Select run ') == 3
        table = page.text[page.text.index("Parameters of the runs") :]
        return [f"run {n}" for n in range(3) if f"<bdi>run {n}</bdi></th>" in table]

    assert titles(every) == ["run 0", "run 1", "run 2"]
    assert titles(f"{every}&only=1&run={ids[2]}&run={ids[0]}") == ["run 0", "run 2"]
    assert "No run is selected." in visit("GET", f"{every}&only=1").page.text


def test_one_ticked_run_is_cloned(visit, ended):
    run = started(visit, ended, workflow(pod()))
    assert visit("GET", f"/runs/new?run={run}").to == f"/runs/new?cloneFromRun={run}"
    two = visit("GET", f"/runs/new?run={run}&run={run}")
    assert (two.status, "Select one run to clone: 2 are selected." in two.page.text) == (400, True)


def test_the_ticked_pipelines_are_deleted(visit):
    ids = [uploaded(visit, workflow(pod())) for _ in range(3)]
    body = f"pipeline={ids[0]}&pipeline={ids[1]}"
    kind = "application/x-www-form-urlencoded"
    answer = visit("POST", "/pipelines/delete", body, Content_Type=kind)
    assert (answer.status, answer.to) == (303, "/pipelines")
    status = [visit("GET", f"/pipelines/details/{identity}").status for identity in ids]
    assert status == [404, 404, 200]


def test_a_description_is_markdown_that_runs_nothing(visit):
    name = str(uuid.uuid4())
    words = "by [a link](http://x.y) <script>1</script>"
    version = uploaded(visit, workflow(pod()), name=name, description=words)
    for place in (f"/pipelines?q={name}", f"/pipelines/details/{version}"):
        page = visit("GET", place)
        assert well_made(page)
        assert '<a href="http://x.y">a link</a> &lt;script&gt;' in page.text


def test_an_experiment_made_for_a_pipeline_leads_to_a_run_of_it(visit):
    pipeline = uploaded(visit, workflow(pod()))
    links = visit("GET", f"/pipelines/details/{pipeline}").page.links
    (form,) = [link for link in links if link.startswith("/experiments/new")]
    hidden = {k: v for k, v in visit("GET", form).page.values.items() if k.endswith("Id")}
    assert hidden == {"pipelineId": pipeline, "versionId": pipeline}
    made = visit("POST", "/experiments/new", {"name": str(uuid.uuid4()), **hidden})
    assert visit("GET", made.to).page.values["version"] == pipeline
    assert "experimentId=" in made.to


def test_the_summary_of_a_pipeline_gives_its_room_to_the_graph(visit):
    here = f"/pipelines/details/{uploaded(visit, workflow(pod()))}"
    hide = f"{here}?summary=hidden"
    assert hide in visit("GET", here).page.links
    hidden = visit("GET", hide)
    assert well_made(hidden)
    assert ("Summary" in hidden.page.text, here in hidden.page.links) == (False, True)


def test_a_version_says_where_its_code_is(visit):
    pipeline = uploaded(visit, workflow(pod()))
    for source, link in (("https://x.y/code", True), ("javascript:alert(1)", False)):
        fields = {"kind": "version", "pipeline": pipeline, "name": source, "source": source}
        made = upload(visit, json.dumps(workflow(pod())).encode(), **fields)
        page = visit("GET", made.to).page
        assert (source in page.text, source in page.links) == (True, link)


@pytest.mark.parametrize(
    ("url", "file", "field", "said"),
    [
        ("http://x.y/z.yaml", b"", "f5", "localkfp fetches no pipeline by its URL"),
        ("http://x.y/z.yaml", b"{}", "f5", "Choose a file or type a URL, not both."),
        ("", b"", "f4", "Choose a file"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_beside_it(visit, url, file, field, said):
    answer = upload(visit, file, filename="x.yaml" * bool(file), kind="pipeline", url=url)
    assert answer.status == 400
    assert said in answer.page.errors[f"e{field}"]
