"""The dashboard over the socket: its lists and forms, what they take and refuse."""

from __future__ import annotations

import json
import re
import uuid
from html import unescape
from urllib.parse import quote, urljoin

import pytest
import yaml
from tests.support.handout_pipeline import WORKFLOW
from tests.support.pages import started, step_of, upload, uploaded, well_made
from tests.support.workflows import dag, pod, task, workflow

HOSTILE = [
    '<script>alert("x")</script>',
    "\N{HEBREW LETTER ALEF}\N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
    "\N{ROCKET} \N{HANGUL SYLLABLE HAN}",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw x %}",
]
MIB = 1024 * 1024


# ---- every page ----------------------------------------------------------------------------------

PLAIN = [
    *("/", "/pipeline/", "/pipelines", "/pipeline_versions/new", "/runs", "/archive/runs"),
    *("/runs/new", "/experiments", "/archive/experiments", "/experiments/new"),
    *("/pipelines?q=x", "/runs?q=x", "/experiments?q=x"),
]


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_brings_no_script_but_its_own_and_says_where_it_is(visit, path):
    answer = visit("GET", path)
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
def test_what_is_not_there_is_said_on_a_page(visit, path, words):
    answer = visit("GET", path)
    assert answer.status == 404
    assert well_made(answer)
    assert words in answer.page.text


def test_a_page_of_a_list_that_was_not_given_is_refused_on_a_page(visit):
    answer = visit("GET", "/pipelines?page_token=x")
    assert answer.status == 400
    assert "page token" in answer.page.text


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dashboard.css", "text/css"), ("dashboard.js", "text/javascript"), ("icon.svg", "image/svg")],
)
def test_the_stylesheet_and_the_script_are_served(visit, name, kind):
    answer = visit("GET", f"/dashboard/{name}")
    assert (answer.status, answer.headers["Content-Type"].startswith(kind)) == (200, True)
    assert visit("GET", f"/dashboard/../{name}").status == 404


FOREIGN = [
    {"Host": "evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8888"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
]
POSTS = ["/experiments/new", "/runs/new", "/runs/archive", "/runs/details/x/terminate"]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [*POSTS, "/pipeline_versions/new", "/pipelines/details/x/delete"])
def test_only_a_page_of_this_dashboard_may_post(visit, path, headers):
    answer = visit("POST", path, {"name": "foreign"}, **headers)
    assert answer.status == 403
    assert "foreign" not in [e["name"] for e in _experiments(visit)]


def _experiments(visit):
    return json.loads(visit("GET", "/apis/v1beta1/experiments?page_size=200").text)["experiments"]


def test_a_page_is_not_shown_under_another_name(visit):
    assert visit("GET", "/pipelines", Host="evil.example").status == 403


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_shown_as_text_on_every_page(visit, ended, client, name):
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
    pipeline = uploaded(visit, manifest, name=own, description=own)
    experiment = visit("POST", "/experiments/new", {"name": own, "description": own}).to
    typed = {
        "version": pipeline,
        "name": own,
        "description": own,
        "experiment": experiment.rpartition("/")[2],
        "parameter:p": name,
    }
    run = visit("POST", "/runs/new", typed).to
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
        answer = visit("GET", path)
        assert answer.status == 200, path
        assert well_made(answer), path
        assert "img" not in answer.page.tags, path
        if not path.endswith(("yaml", "client")):  # there it stands escaped as YAML and Python do
            assert name in answer.page.text or name in unescape(answer.text), path
    log = visit("GET", f"{run}?step={step}&show=logs")
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
def test_a_file_that_is_no_pipeline_is_told_beside_the_field(visit, data, filename, words):
    typed = {"name": "my <name>", "description": 'my "words"', "kind": "pipeline"}
    answer = upload(visit, data, filename, **typed)
    assert answer.status == 400
    assert well_made(answer)
    assert words in answer.page.errors["ef4"]
    assert "#f4" in answer.page.links
    assert {key: answer.page.values[key] for key in ("name", "description")} == {
        "name": "my <name>",
        "description": 'my "words"',
    }


def test_a_name_that_is_taken_or_too_long_is_told_beside_the_field(visit):
    name = str(uuid.uuid4())
    pipeline = uploaded(visit, WORKFLOW, name=name)
    taken = upload(visit, GOOD, name=name, kind="pipeline")
    assert (taken.status, list(taken.page.errors)) == (400, ["ef2"])
    assert f"There is a pipeline of the name {name}" in taken.page.errors["ef2"]
    version = {"kind": "version", "pipeline": pipeline}
    assert (
        "version of this pipeline" in upload(visit, GOOD, name=name, **version).page.errors["ef2"]
    )
    assert "maximum length of 100" in upload(visit, GOOD, name="x" * 101).page.errors["ef2"]


def test_a_version_needs_a_pipeline(visit):
    answer = upload(visit, GOOD, kind="version", name="v2", pipeline="none")
    assert (answer.status, list(answer.page.errors)) == (400, ["ef1"])


def test_a_file_without_a_name_is_named_after_the_file(visit, client):
    filename = f"{uuid.uuid4()}.yaml"
    assert upload(visit, GOOD, filename).status == 303
    assert client.get_pipeline_id(filename)


def test_versions_are_uploaded_shown_and_deleted(visit):
    pipeline = uploaded(visit, WORKFLOW)
    version = upload(visit, GOOD, name="second", kind="version", pipeline=pipeline).to
    assert version.startswith(f"/pipelines/details/{pipeline}/version/")
    assert "second" in visit("GET", f"/pipelines/details/{pipeline}").page.text
    assert visit("GET", version).status == 200
    other = visit("GET", version.replace(pipeline, uploaded(visit, WORKFLOW)))
    assert (other.status, "another pipeline" in other.page.text) == (404, True)
    assert visit("POST", f"{version}/delete").to == f"/pipelines/details/{pipeline}"
    assert visit("GET", version).status == 404
    assert visit("POST", f"/pipelines/details/{pipeline}/version/{pipeline}/delete").status == 303
    assert "no version left" in visit("GET", f"/pipelines/details/{pipeline}").page.text
    assert visit("GET", f"/runs/new?pipelineId={pipeline}").status == 404
    assert visit("POST", f"/pipelines/details/{pipeline}/delete").to == "/pipelines"
    assert visit("GET", f"/pipelines/details/{pipeline}").status == 404


def test_the_link_of_the_client_to_a_version_leads_there(visit, client, tmp_path):
    """kfp 1.8.24 prints the version's id where the pipeline's belongs."""
    file = tmp_path / "p.yaml"
    file.write_bytes(GOOD)
    pipeline = uploaded(visit, WORKFLOW)
    version = client.upload_pipeline_version(str(file), "v2", pipeline_id=pipeline)
    answer = visit("GET", f"/pipelines/details/{version.id}")
    assert answer.status == 302
    assert answer.to == f"/pipelines/details/{pipeline}/version/{version.id}"


def test_a_pipeline_that_only_a_cluster_runs_says_so(visit):
    manifest = workflow(pod())
    manifest["spec"]["templates"][0]["daemon"] = True
    answer = visit("GET", f"/pipelines/details/{uploaded(visit, manifest)}")
    assert "localkfp can't run this pipeline" in answer.page.text


# ---- starting a run ------------------------------------------------------------------------------


def test_a_run_is_started_with_the_values_typed(visit, ended, client):
    version = uploaded(visit, WORKFLOW)
    page = visit("GET", f"/runs/new?pipelineId={version}").page
    assert page.values["parameter:value_1"] == "5"
    assert page.values["version"] == version
    typed = {"version": version, "name": "seven", "description": "d"}
    typed |= {"parameter:value_1": "7", "parameter:value_2": "2"}
    run_id = visit("POST", "/runs/new", typed).to.rpartition("/")[2]
    run = ended(run_id).run
    assert (run.name, run.description, run.status) == ("seven", "d", "Succeeded")
    given = step_of(client, run_id, "multiply")["inputs"]["parameters"]
    assert sorted(entry["value"] for entry in given) == ["5", "9"]


WRONG_VALUES = [("value_1", "five", "whole number"), ("value_2", "", "Type a whole number")]


@pytest.mark.parametrize(("name", "value", "words"), WRONG_VALUES)
def test_a_value_of_the_wrong_type_is_told_beside_its_field(visit, name, value, words):
    typed = {"version": uploaded(visit, WORKFLOW), "name": "kept <name>"}
    typed |= {"parameter:value_1": "1", "parameter:value_2": "2", f"parameter:{name}": value}
    answer = visit("POST", "/runs/new", typed)
    assert (answer.status, len(answer.page.errors)) == (400, 1)
    assert words in next(iter(answer.page.errors.values()))
    assert answer.page.values["name"] == "kept <name>"
    assert answer.page.values[f"parameter:{name}"] == value


def test_a_run_needs_a_name_and_a_pipeline_that_is_there(visit):
    version = uploaded(visit, workflow(pod()))
    nameless = visit("POST", "/runs/new", {"version": version, "name": " "})
    assert nameless.page.errors == {"ef0": "Type a name for the run."}
    visit("POST", f"/pipelines/details/{version}/delete")
    gone = visit("POST", "/runs/new", {"version": version, "name": "x"})
    assert (gone.status, "isn't there any more" in gone.page.text) == (400, True)
    assert visit("POST", "/runs/new", {"name": "x"}).status == 400


def test_a_run_that_the_api_refuses_is_refused_in_words(visit):
    manifest = workflow(pod())
    manifest["spec"]["templates"][0]["daemon"] = True
    answer = visit("POST", "/runs/new", {"version": uploaded(visit, manifest), "name": "kept"})
    assert answer.status == 400
    assert "Nothing was started." in answer.page.text
    assert answer.page.values["name"] == "kept"


def test_a_run_of_a_deleted_pipeline_is_shown_and_cloned(visit, ended):
    run_id = started(visit, ended, workflow(pod(), parameters={"p": "first\nsecond"}))
    page = visit("GET", f"/runs/details/{run_id}?tab=config").page
    pipeline = next(link for link in page.links if "/pipelines/details/" in link).split("/")[3]
    visit("POST", f"/pipelines/details/{pipeline}/delete")
    shown = visit("GET", f"/runs/details/{run_id}?tab=config")
    assert "deleted since" in shown.page.text
    assert "(deleted)" in visit("GET", "/runs").page.text
    form = visit("GET", f"/runs/new?cloneFromRun={run_id}").page
    assert form.values["clone"] == run_id
    assert form.values["version"] == ""
    typed = {"clone": run_id, "name": "again", "parameter:p": "first\r\nthird"}
    again = visit("POST", "/runs/new", typed).to.rpartition("/")[2]
    assert ended(again).run.status == "Succeeded"
    values = visit("GET", f"/runs/details/{again}?tab=config").page.text
    assert "first\nthird" in values


# ---- lists ---------------------------------------------------------------------------------------


def test_the_list_shows_what_the_call_behind_it_gives(visit, ended):
    run_id = started(visit, ended, workflow(pod()), name=f"listed {uuid.uuid4()}")
    page = visit("GET", "/runs").page
    call = re.search(r"GET (/apis/v1beta1/runs\S+)", page.text)[1]
    given = [run["id"] for run in json.loads(visit("GET", call).text)["runs"]]
    shown = [link.rpartition("/")[2] for link in page.links if link.startswith("/runs/details/")]
    assert shown == given
    assert given[0] == run_id
    assert len(given) <= 10


def test_a_long_list_is_paged_through_and_back(visit):
    mark = uuid.uuid4().hex
    for number in range(32):
        visit("POST", "/experiments/new", {"name": f"{mark} {number}"})

    def walk(address, word):
        """The names on each page that the links of that word lead to."""
        seen = []
        while address:
            answer = visit("GET", address)
            assert "32 in all" in answer.page.text
            seen.append((address, sorted(set(re.findall(rf"{mark} \d+", answer.page.text)))))
            found = re.search(rf'href="([^"]*)">{word} page</a>', answer.text)
            address = urljoin(address, unescape(found[1])) if found else ""
        return seen

    there = walk(f"/experiments?q={mark}", "Next")
    assert [len(names) for _, names in there] == [10, 10, 10, 2]
    assert len({name for _, names in there for name in names}) == 32
    back = walk(there[-1][0], "Previous")
    assert [names for _, names in back] == [names for _, names in reversed(there)]


def test_runs_go_to_the_archive_and_come_back(visit, ended):
    name = f"kept {uuid.uuid4()}"
    run_id = started(visit, ended, workflow(pod()), name=name)

    def listed(place):
        links = visit("GET", f"{place}?q={quote(name)}").page.links
        return f"/runs/details/{run_id}" in links

    assert (listed("/runs"), listed("/archive/runs")) == (True, False)
    assert visit("POST", "/runs/archive", {"run": run_id}).to == "/runs"
    assert (listed("/runs"), listed("/archive/runs")) == (False, True)
    assert visit("POST", f"/runs/details/{run_id}/unarchive").to == f"/runs/details/{run_id}"
    assert (listed("/runs"), listed("/archive/runs")) == (True, False)
    visit("POST", f"/runs/details/{run_id}/archive")
    assert visit("POST", "/runs/delete", {"run": run_id}).to == "/archive/runs"
    assert visit("GET", f"/runs/details/{run_id}").status == 404


def test_experiments_are_made_filtered_by_and_archived(visit, ended):
    name = f"experiment {uuid.uuid4()}"
    made = visit("POST", "/experiments/new", {"name": name}).to
    identity = made.rpartition("/")[2]
    twice = visit("POST", "/experiments/new", {"name": name, "description": "kept"})
    assert (twice.status, "already exist" in twice.page.errors["ef0"]) == (400, True)
    assert twice.page.values["description"] == "kept"
    assert visit("POST", "/experiments/new", {"name": " "}).page.errors
    run_id = started(visit, ended, workflow(pod()), experiment=identity)
    links = visit("GET", f"/runs?experiment={identity}").page.links
    assert [link for link in links if "/runs/details/" in link] == [f"/runs/details/{run_id}"]
    assert f"/runs/details/{run_id}" in visit("GET", made).page.links
    assert visit("POST", made, {"verb": "archive"}).to == made
    assert made in visit("GET", "/archive/experiments").page.links
    assert made not in visit("GET", "/experiments").page.links
    visit("POST", made, {"verb": "unarchive"})
    assert made in visit("GET", "/experiments").page.links
