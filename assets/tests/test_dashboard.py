"""The dashboard over the socket: its pages, what they take, what they refuse."""

from __future__ import annotations

import http.client
import json
import re
import uuid
from html import unescape
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import quote, urlencode, urlsplit

import kfp
import pytest
import yaml
from drawings import run as drawn_run
from drawings import task as drawn_task
from drawings import workflow as drawn_workflow
from handout_pipeline import WORKFLOW
from localkfp.store import Store
from workflows import dag, pod, task, workflow, written

HOSTILE = [
    '<script>alert("x")</script>',
    "\N{HEBREW LETTER ALEF}\N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
    "\N{ROCKET} \N{HANGUL SYLLABLE HAN}",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw x %}",
]
MIB = 1024 * 1024


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.ids, self.errors, self.text = [], [], [], {}, ""
        self.scripts, self.inline, self.values, self._error = [], [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += [tag] * (tag == "style" or (tag == "script" and not given.get("src")))
        self.scripts += [given["src"]] if tag == "script" and given.get("src") else []
        self.links += [given["href"]] if tag == "a" else []
        self.ids += [given["id"]] if "id" in given else []
        if tag == "input" and "name" in given:
            self.values[given["name"]] = given.get("value", "")
        if given.get("class") == "error":
            self._error = given["id"]

    def handle_data(self, data):
        self.text += data
        if self._error:
            self.errors[self._error] = data
            self._error = None


@pytest.fixture
def ask(host):
    """Sends a request; gives status, headers, text and the page."""

    def send(method, path, body=None, **headers):
        connection = http.client.HTTPConnection(urlsplit(host).netloc, timeout=60)
        if isinstance(body, dict):
            body = urlencode(body)
            headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        text = data.decode(errors="replace")
        html = "html" in answer.headers.get("Content-Type", "")
        return SimpleNamespace(
            status=answer.status,
            headers=answer.headers,
            data=data,
            text=text,
            page=Page(text) if html else None,
            to=answer.headers.get("Location", ""),
        )

    return send


def upload(ask, data, filename="pipeline.yaml", **fields):
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), data, b"\r\n--b--\r\n"])
    kind = "multipart/form-data; boundary=b"
    return ask("POST", "/pipeline_versions/new", body, Content_Type=kind)


def uploaded(ask, manifest, **fields):
    """The id of a new pipeline."""
    name = fields.pop("name", str(uuid.uuid4()))
    answer = upload(ask, yaml.safe_dump(manifest).encode(), name=name, **fields)
    assert answer.status == 303, answer.text
    return answer.to.rpartition("/")[2]


def started(ask, ended, manifest, **typed):
    """The id of a run, started on the page, that has ended."""
    version = uploaded(ask, manifest)
    answer = ask("POST", "/runs/new", {"version": version, "name": "by hand", **typed})
    assert answer.status == 303, answer.text
    run_id = answer.to.rpartition("/")[2]
    ended(run_id)
    return run_id


def step_of(client, run_id, name="pod"):
    """The node of a step."""
    live = json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)
    return next(n for n in live["status"]["nodes"].values() if n["displayName"] == name)


@pytest.fixture
def stored_run(host, state):
    """Puts a run that has ended into the store, as if it had run here; gives its row."""

    def put(manifest, nodes=(), **more):
        store = Store(state / "localkfp.sqlite")
        try:
            row = store.insert(
                "runs",
                name=more.pop("name", "stored"),
                description="",
                service_account="",
                experiment_id=store.default_experiment()["id"],
                workflow_name=manifest["metadata"]["name"],
                manifest=json.dumps(manifest),
                parameters="{}",
                phase="Succeeded",
                message="",
                finished_at="2026-01-01T00:00:00Z",
                **more,
            )
            store.save_nodes(row["id"], nodes)
            return row
        finally:
            store.close()

    return put


# ---- every page ----------------------------------------------------------------------------------

PLAIN = [
    *("/", "/pipeline/", "/pipelines", "/pipeline_versions/new", "/runs", "/archive/runs"),
    *("/runs/new", "/experiments", "/archive/experiments", "/experiments/new"),
    *("/pipelines?q=x", "/runs?q=x", "/experiments?q=x"),
]


def well_made(answer):
    """What is true of every page, whatever it shows."""
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.page.inline == []
    assert answer.page.scripts == ["/dashboard/dashboard.js"]
    assert len(set(answer.page.ids)) == len(answer.page.ids)
    assert "localkfp on this machine, not a cluster" in answer.page.text
    assert "The API calls behind this page" in answer.page.text
    return True


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_brings_no_script_but_its_own_and_says_where_it_is(ask, path):
    answer = ask("GET", path)
    assert answer.status == 200
    assert well_made(answer)
    assert "/apis/v1beta1/" in answer.page.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/pipelines/details/none", "Pipeline none not found"),
        ("/runs/details/none", "Run none not found"),
        ("/experiments/details/none", "Experiment none not found"),
        ("/runs/new?pipelineId=none", "This pipeline isn't there any more"),
        ("/runs/new?cloneFromRun=none", "This pipeline isn't there any more"),
        ("/runs/details/none/artifacts/a/inputs/b", "Run none not found"),
    ],
)
def test_what_is_not_there_is_said_on_a_page(ask, path, words):
    answer = ask("GET", path)
    assert answer.status == 404
    assert well_made(answer)
    assert words in answer.page.text


def test_a_page_of_a_list_that_was_not_given_is_refused_on_a_page(ask):
    answer = ask("GET", "/pipelines?page_token=x")
    assert answer.status == 400
    assert "page token" in answer.page.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dashboard.css", "text/css"), ("dashboard.js", "text/javascript"), ("icon.svg", "image/svg")],
)
def test_the_stylesheet_and_the_script_are_served(ask, name, kind):
    answer = ask("GET", f"/dashboard/{name}")
    assert (answer.status, answer.headers["Content-Type"].startswith(kind)) == (200, True)
    assert ask("GET", f"/dashboard/../{name}").status == 404


FOREIGN = [
    {"Host": "evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8888"},
    {"Sec_Fetch_Site": "cross-site"},
]
POSTS = ["/experiments/new", "/runs/new", "/runs/archive", "/runs/details/x/terminate"]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [*POSTS, "/pipeline_versions/new", "/pipelines/details/x/delete"])
def test_only_a_page_of_this_dashboard_may_post(ask, path, headers):
    answer = ask("POST", path, {"name": "foreign"}, **headers)
    assert answer.status == 403
    assert "foreign" not in [e["name"] for e in _experiments(ask)]


def _experiments(ask):
    return json.loads(ask("GET", "/apis/v1beta1/experiments?page_size=200").text)["experiments"]


def test_a_page_is_not_shown_under_another_name(ask):
    assert ask("GET", "/pipelines", Host="evil.example").status == 403


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_shown_as_text_on_every_page(ask, ended, client, name):
    own = f"{name} {uuid.uuid4()}"
    manifest = workflow(
        pod(script="cat; printf '%s' \"$0\"", inputs={"parameters": [{"name": "p"}]}),
        parameters={"p": name},
    )
    manifest["spec"]["templates"][0]["container"] |= {
        "command": ["sh", "-ec", 'printf "%s" "$0"', "{{inputs.parameters.p}}"]
    }
    manifest["spec"]["templates"][0]["metadata"] = {
        "annotations": {"pipelines.kubeflow.org/task_display_name": name}
    }
    template = manifest["spec"]["templates"][0]
    manifest["spec"]["templates"] = [
        dag("main", task("pod", parameters={"p": "{{workflow.parameters.p}}"})),
        template,
    ]
    manifest["spec"]["entrypoint"] = "main"
    pipeline = uploaded(ask, manifest, name=own, description=own)
    experiment = ask("POST", "/experiments/new", {"name": own, "description": own}).to
    typed = {
        "version": pipeline,
        "name": own,
        "description": own,
        "experiment": experiment.rpartition("/")[2],
        "parameter:p": name,
    }
    run = ask("POST", "/runs/new", typed).to
    ended(run.rpartition("/")[2])
    step = step_of(client, run.rpartition("/")[2])["id"]
    pages = [
        f"/pipelines?q={quote(own)}",
        f"/pipelines/details/{pipeline}",
        f"/pipelines/details/{pipeline}?tab=yaml",
        f"/runs/new?pipelineId={pipeline}",
        f"/runs/new?cloneFromRun={run.rpartition('/')[2]}",
        f"/runs?q={quote(own)}",
        f"/experiments?q={quote(own)}",
        experiment,
        run,
        *(f"{run}?tab={tab}" for tab in ("config", "yaml", "client", "output")),
        *(f"{run}?step={step}&show={show}" for show in ("io", "details", "logs", "code")),
    ]
    for path in pages:
        answer = ask("GET", path)
        assert answer.status == 200, path
        assert well_made(answer), path
        assert "img" not in answer.page.tags, path
        if not path.endswith(("yaml", "client")):  # there it stands escaped as YAML and Python do
            assert name in answer.page.text or name in unescape(answer.text), path
    log = ask("GET", f"{run}?step={step}&show=logs")
    assert name in log.page.text.partition("Download the whole log")[2]


# ---- upload --------------------------------------------------------------------------------------

GOOD = yaml.safe_dump(WORKFLOW).encode()
BAD_FILES = [
    (b"", "", "Choose a file"),
    (b"a: 1", "x.yaml", "not a Workflow"),
    (b"- 1", "x.yaml", "not a Workflow"),
    (b"\xff\xfe", "x.yaml", "not UTF-8 text: byte 0"),
    (b"a: [", "x.yaml", "not valid YAML"),
    (GOOD, "x.txt", "no pipeline package"),
    (b"PK\x03\x04no zip", "x.zip", "is damaged"),
    (b"#" * (33 * MIB), "x.yaml", "larger than 32 MiB"),
]


@pytest.mark.parametrize(("data", "filename", "words"), BAD_FILES, ids=[b[2] for b in BAD_FILES])
def test_a_file_that_is_no_pipeline_is_told_beside_the_field(ask, data, filename, words):
    typed = {"name": "my <name>", "description": 'my "words"', "kind": "pipeline"}
    answer = upload(ask, data, filename, **typed)
    assert answer.status == 400
    assert well_made(answer)
    assert words in answer.page.errors["ef4"]
    assert "#f4" in answer.page.links
    assert {key: answer.page.values[key] for key in ("name", "description")} == {
        "name": "my <name>",
        "description": 'my "words"',
    }


def test_a_name_that_is_taken_or_too_long_is_told_beside_the_field(ask):
    name = str(uuid.uuid4())
    pipeline = uploaded(ask, WORKFLOW, name=name)
    taken = upload(ask, GOOD, name=name, kind="pipeline")
    assert (taken.status, list(taken.page.errors)) == (400, ["ef2"])
    assert f"There is a pipeline of the name {name}" in taken.page.errors["ef2"]
    version = {"kind": "version", "pipeline": pipeline}
    assert "version of this pipeline" in upload(ask, GOOD, name=name, **version).page.errors["ef2"]
    assert "at most 100 characters" in upload(ask, GOOD, name="x" * 101).page.errors["ef2"]


def test_a_version_needs_a_pipeline(ask):
    answer = upload(ask, GOOD, kind="version", name="v2", pipeline="none")
    assert (answer.status, list(answer.page.errors)) == (400, ["ef1"])


def test_a_file_without_a_name_is_named_after_the_file(ask, client):
    filename = f"{uuid.uuid4()}.yaml"
    assert upload(ask, GOOD, filename).status == 303
    assert client.get_pipeline_id(filename)


def test_versions_are_uploaded_shown_and_deleted(ask):
    pipeline = uploaded(ask, WORKFLOW)
    version = upload(ask, GOOD, name="second", kind="version", pipeline=pipeline).to
    assert version.startswith(f"/pipelines/details/{pipeline}/version/")
    assert "second" in ask("GET", f"/pipelines/details/{pipeline}").page.text
    assert ask("GET", version).status == 200
    other = ask("GET", version.replace(pipeline, uploaded(ask, WORKFLOW)))
    assert (other.status, "another pipeline" in other.page.text) == (404, True)
    assert ask("POST", f"{version}/delete").to == f"/pipelines/details/{pipeline}"
    assert ask("GET", version).status == 404
    assert ask("POST", f"/pipelines/details/{pipeline}/version/{pipeline}/delete").status == 303
    assert "no version left" in ask("GET", f"/pipelines/details/{pipeline}").page.text
    assert ask("GET", f"/runs/new?pipelineId={pipeline}").status == 404
    assert ask("POST", f"/pipelines/details/{pipeline}/delete").to == "/pipelines"
    assert ask("GET", f"/pipelines/details/{pipeline}").status == 404


def test_the_link_of_the_client_to_a_version_leads_there(ask, client, tmp_path):
    """kfp 1.8.24 prints the version's id where the pipeline's belongs."""
    file = tmp_path / "p.yaml"
    file.write_bytes(GOOD)
    pipeline = uploaded(ask, WORKFLOW)
    version = client.upload_pipeline_version(str(file), "v2", pipeline_id=pipeline)
    answer = ask("GET", f"/pipelines/details/{version.id}")
    assert answer.status == 302
    assert answer.to == f"/pipelines/details/{pipeline}/version/{version.id}"


def test_a_pipeline_that_only_a_cluster_runs_says_so(ask):
    manifest = workflow(pod())
    manifest["spec"]["templates"][0]["daemon"] = True
    answer = ask("GET", f"/pipelines/details/{uploaded(ask, manifest)}")
    assert "localkfp can't run this pipeline" in answer.page.text


# ---- starting a run ------------------------------------------------------------------------------


def test_a_run_is_started_with_the_values_typed(ask, ended, client):
    version = uploaded(ask, WORKFLOW)
    page = ask("GET", f"/runs/new?pipelineId={version}").page
    assert page.values["parameter:value_1"] == "5"
    assert page.values["version"] == version
    typed = {"version": version, "name": "seven", "description": "d"}
    typed |= {"parameter:value_1": "7", "parameter:value_2": "2"}
    run_id = ask("POST", "/runs/new", typed).to.rpartition("/")[2]
    run = ended(run_id).run
    assert (run.name, run.description, run.status) == ("seven", "d", "Succeeded")
    given = step_of(client, run_id, "multiply")["inputs"]["parameters"]
    assert sorted(entry["value"] for entry in given) == ["5", "9"]


WRONG_VALUES = [("value_1", "five", "whole number"), ("value_2", "", "Type a whole number")]


@pytest.mark.parametrize(("name", "value", "words"), WRONG_VALUES)
def test_a_value_of_the_wrong_type_is_told_beside_its_field(ask, name, value, words):
    typed = {"version": uploaded(ask, WORKFLOW), "name": "kept <name>"}
    typed |= {"parameter:value_1": "1", "parameter:value_2": "2", f"parameter:{name}": value}
    answer = ask("POST", "/runs/new", typed)
    assert (answer.status, len(answer.page.errors)) == (400, 1)
    assert words in next(iter(answer.page.errors.values()))
    assert answer.page.values["name"] == "kept <name>"
    assert answer.page.values[f"parameter:{name}"] == value


def test_a_run_needs_a_name_and_a_pipeline_that_is_there(ask):
    version = uploaded(ask, workflow(pod()))
    nameless = ask("POST", "/runs/new", {"version": version, "name": " "})
    assert nameless.page.errors == {"ef0": "Type a name for the run."}
    ask("POST", f"/pipelines/details/{version}/delete")
    gone = ask("POST", "/runs/new", {"version": version, "name": "x"})
    assert (gone.status, "isn't there any more" in gone.page.text) == (400, True)
    assert ask("POST", "/runs/new", {"name": "x"}).status == 400


def test_a_run_that_the_api_refuses_is_refused_in_words(ask):
    manifest = workflow(pod())
    manifest["spec"]["templates"][0]["daemon"] = True
    answer = ask("POST", "/runs/new", {"version": uploaded(ask, manifest), "name": "kept"})
    assert answer.status == 400
    assert "The run was not started." in answer.page.text
    assert answer.page.values["name"] == "kept"


def test_a_run_of_a_deleted_pipeline_is_shown_and_cloned(ask, ended):
    run_id = started(ask, ended, workflow(pod(), parameters={"p": "first\nsecond"}))
    page = ask("GET", f"/runs/details/{run_id}?tab=config").page
    pipeline = next(link for link in page.links if "/pipelines/details/" in link).split("/")[3]
    ask("POST", f"/pipelines/details/{pipeline}/delete")
    shown = ask("GET", f"/runs/details/{run_id}?tab=config")
    assert "deleted since" in shown.page.text
    assert "(deleted)" in ask("GET", "/runs").page.text
    form = ask("GET", f"/runs/new?cloneFromRun={run_id}").page
    assert form.values["clone"] == run_id
    assert form.values["version"] == ""
    typed = {"clone": run_id, "name": "again", "parameter:p": "first\r\nthird"}
    again = ask("POST", "/runs/new", typed).to.rpartition("/")[2]
    assert ended(again).run.status == "Succeeded"
    values = ask("GET", f"/runs/details/{again}?tab=config").page.text
    assert "first\nthird" in values


# ---- lists ---------------------------------------------------------------------------------------


def test_the_list_shows_what_the_call_behind_it_gives(ask, ended):
    run_id = started(ask, ended, workflow(pod()), name=f"listed {uuid.uuid4()}")
    page = ask("GET", "/runs").page
    call = re.search(r"GET (/apis/v1beta1/runs\S+)", page.text)[1]
    given = [run["id"] for run in json.loads(ask("GET", call).text)["runs"]]
    shown = [link.rpartition("/")[2] for link in page.links if link.startswith("/runs/details/")]
    assert shown == given
    assert given[0] == run_id
    assert len(given) <= 10


def test_long_lists_have_pages(ask):
    mark = uuid.uuid4().hex
    for number in range(12):
        ask("POST", "/experiments/new", {"name": f"{mark} {number}"})
    first = ask("GET", f"/experiments?q={mark}").page
    following = next(link for link in first.links if "page_token=" in link)
    second = ask("GET", following).page
    seen = [sorted(set(re.findall(rf"{mark} \d+", page.text))) for page in (first, second)]
    assert [len(names) for names in seen] == [10, 2]
    assert not set(seen[0]) & set(seen[1])
    assert "12 in all" in second.text


def test_runs_go_to_the_archive_and_come_back(ask, ended):
    name = f"kept {uuid.uuid4()}"
    run_id = started(ask, ended, workflow(pod()), name=name)

    def listed(place):
        links = ask("GET", f"{place}?q={quote(name)}").page.links
        return f"/runs/details/{run_id}" in links

    assert (listed("/runs"), listed("/archive/runs")) == (True, False)
    assert ask("POST", "/runs/archive", {"run": run_id}).to == "/runs"
    assert (listed("/runs"), listed("/archive/runs")) == (False, True)
    assert ask("POST", f"/runs/details/{run_id}/unarchive").to == f"/runs/details/{run_id}"
    assert (listed("/runs"), listed("/archive/runs")) == (True, False)
    ask("POST", f"/runs/details/{run_id}/archive")
    assert ask("POST", "/runs/delete", {"run": run_id}).to == "/archive/runs"
    assert ask("GET", f"/runs/details/{run_id}").status == 404


def test_experiments_are_made_filtered_by_and_archived(ask, ended):
    name = f"experiment {uuid.uuid4()}"
    made = ask("POST", "/experiments/new", {"name": name}).to
    identity = made.rpartition("/")[2]
    twice = ask("POST", "/experiments/new", {"name": name, "description": "kept"})
    assert (twice.status, "already exists" in twice.page.errors["ef0"]) == (400, True)
    assert twice.page.values["description"] == "kept"
    assert ask("POST", "/experiments/new", {"name": " "}).page.errors
    run_id = started(ask, ended, workflow(pod()), experiment=identity)
    links = ask("GET", f"/runs?experiment={identity}").page.links
    assert [link for link in links if "/runs/details/" in link] == [f"/runs/details/{run_id}"]
    assert f"/runs/details/{run_id}" in ask("GET", made).page.links
    assert ask("POST", made, {"verb": "archive"}).to == made
    assert made in ask("GET", "/archive/experiments").page.links
    assert made not in ask("GET", "/experiments").page.links
    ask("POST", made, {"verb": "unarchive"})
    assert made in ask("GET", "/experiments").page.links


# ---- a run ---------------------------------------------------------------------------------------


def test_a_run_shows_its_steps_and_what_each_of_them_did(ask, ended, client):
    run_id = started(ask, ended, WORKFLOW, **{"parameter:value_1": "9", "parameter:value_2": "4"})
    page = ask("GET", f"/runs/details/{run_id}").page
    assert "multiply: Succeeded; after add, subtract" in page.text
    assert "Steps: 3 Succeeded" in page.text
    step = step_of(client, run_id, "multiply")["id"]
    here = f"/runs/details/{run_id}?step={step}"
    assert f"{here}#step" in page.links
    values = ask("GET", here).page.text
    assert re.search(r"add-Output\s*13", values)
    assert re.search(r"multiply-Output.tgz\s*65", values)
    assert "stands in for the image" in ask("GET", f"{here}&show=logs").page.text
    assert "def multiply(" in ask("GET", f"{here}&show=code").page.text
    assert step in ask("GET", f"{here}&show=details").page.text
    assert "no visualizations" in ask("GET", f"{here}&show=visualizations").page.text
    outputs = ask("GET", f"/runs/details/{run_id}?tab=output").page.text
    assert re.search(r"add\s*add-Output\s*13", outputs)


def test_a_step_that_is_not_there_is_said(ask, ended):
    run_id = started(ask, ended, workflow(pod()))
    for step in ("none", "../../../etc"):
        answer = ask("GET", f"/runs/details/{run_id}?step={quote(step)}&show=logs")
        assert (answer.status, "no such step" in answer.page.text) == (200, True)


def test_asking_again_costs_no_page_while_nothing_has_changed(ask, ended):
    run_id = started(ask, ended, workflow(pod()))
    first = ask("GET", f"/runs/details/{run_id}")
    again = ask("GET", f"/runs/details/{run_id}", If_None_Match=first.headers["Etag"])
    assert (again.status, again.data) == (304, b"")
    ask("POST", f"/runs/details/{run_id}/archive")
    changed = ask("GET", f"/runs/details/{run_id}", If_None_Match=first.headers["Etag"])
    assert (changed.status, "Restore" in changed.page.text) == (200, True)


def test_a_run_is_terminated_and_tried_again(ask, until, client):
    version = uploaded(ask, workflow(pod(script="sleep 600")))
    run = ask("POST", "/runs/new", {"version": version, "name": "long"}).to
    run_id = run.rpartition("/")[2]
    until(lambda: client.get_run(run_id).run.status == "Running")
    page = ask("GET", run)
    assert ("Terminate" in page.page.text, "data-poll" in page.text) == (True, True)
    assert ask("POST", f"{run}/retry").status == 409
    assert ask("POST", f"{run}/terminate").to == run
    until(lambda: client.get_run(run_id).run.status == "Failed")
    page = ask("GET", run)
    assert ("Retry" in page.page.text, "data-poll" in page.text) == (True, False)
    assert ask("POST", f"{run}/terminate").status == 400
    assert ask("POST", f"{run}/retry").to == run
    until(lambda: client.get_run(run_id).run.status == "Running")
    ask("POST", f"{run}/terminate")


@pytest.mark.parametrize("gone", [False, True])
def test_the_code_on_the_page_makes_the_run(ask, ended, client, monkeypatch, tmp_path, gone):
    name = f"coded {uuid.uuid4()}"
    run_id = started(ask, ended, workflow(pod(), parameters={"p": "1"}), name=name)
    if gone:
        links = ask("GET", f"/runs/details/{run_id}?tab=config").page.links
        pipeline = next(link for link in links if "/version/" in link).split("/")[3]
        ask("POST", f"/pipelines/details/{pipeline}/delete")
    text = ask("GET", f"/runs/details/{run_id}?tab=client").page.text
    code = "import kfp\n" + text.partition("import kfp\n")[2].partition("run_completion(")[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(workflow(pod(), parameters={"p": "1"})))
    names = {}
    exec(code.rpartition("\n")[0], names)
    made = names["run"]
    again = ended(getattr(made, "run_id", None) or made.id).run
    assert (again.name, again.status) == (name, "Succeeded")
    assert [(p.name, p.value) for p in again.pipeline_spec.parameters] == [("p", "1")]


def test_a_run_of_2000_steps_is_shown(ask, stored_run):
    manifest = drawn_run(
        drawn_workflow(*(drawn_task(f"t{n}", *([f"t{n // 10}"] * (n > 0))) for n in range(2000))),
        {f"t{n}": "Succeeded" for n in range(2000)},
        name=f"big-{uuid.uuid4().hex}",
    )
    nodes = [n | {"displayName": "t", "templateName": "x"} for n in _nodes(manifest)]
    row = stored_run(manifest, nodes)
    answer = ask("GET", f"/runs/details/{row['id']}")
    assert (answer.status, "Steps: 2000 Succeeded" in answer.page.text) == (200, True)
    assert sum("step=" in link for link in answer.page.links) == 4000


def _nodes(manifest):
    return manifest["status"]["nodes"].values()


def test_of_a_long_log_the_end_is_shown_and_the_whole_given(ask, stored_run, state):
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
    answer = ask("GET", f"/runs/details/{row['id']}?step={identity}&show=logs")
    assert answer.status == 200
    assert len(answer.data) < 2_000_000
    assert f"The last 1 MB of {size:,} bytes." in answer.page.text
    assert "last\n" in answer.page.text
    assert "b" not in answer.page.tags
    link = next(link for link in answer.page.links if link.endswith("/log"))
    assert len(ask("GET", link).data) == size


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


def test_artifacts_are_shown_as_what_they_are(ask, artifacts):
    run_id, step = artifacts
    answer = ask("GET", f"/runs/details/{run_id}?step={step}")
    assert well_made(answer)
    assert re.search(r"<td>1</td><td>&lt;script&gt;x&lt;/script&gt;</td>", answer.text)
    assert '<p class="heading heading-1">Title &lt;script&gt;' in answer.text
    assert f"/runs/details/{run_id}/artifacts/{step}/outputs/picture?view=image" in answer.text
    assert "folder/inside" in answer.page.text


def test_the_outputs_of_kubeflows_viewers_are_shown(ask, artifacts):
    run_id, step = artifacts
    answer = ask("GET", f"/runs/details/{run_id}?step={step}&show=visualizations")
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
def test_an_artifact_comes_as_an_attachment_or_sandboxed(ask, artifacts, name, query, kind, policy):
    run_id, step = artifacts
    answer = ask("GET", f"/runs/details/{run_id}/artifacts/{step}/outputs/{name}{query}")
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
def test_what_is_no_artifact_is_not_given(ask, artifacts, path):
    run_id, step = artifacts
    assert ask("GET", f"/runs/details/{run_id}/artifacts/{step}/{path}").status == 404


def test_a_step_taken_from_the_cache_says_so(ask, ended, client):
    outputs = written(out="/tmp/out") | {"artifacts": [{"name": "out", "path": "/tmp/out"}]}
    manifest = workflow(dag("main", task("pod")), pod(script="date > /tmp/out", outputs=outputs))
    runs = [started(ask, ended, manifest) for _ in range(2)]
    steps = [step_of(client, run_id) for run_id in runs]
    shown = [
        "taken from the cache" in ask("GET", f"/runs/details/{r}?step={s['id']}").page.text
        for r, s in zip(runs, steps, strict=True)
    ]
    assert shown == [False, True]
    assert isinstance(client, kfp.Client)
