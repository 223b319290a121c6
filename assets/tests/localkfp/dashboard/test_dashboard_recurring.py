"""The dashboard over the socket: recurring runs, runs compared, addresses of the genuine one."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from localkfp.dashboard.views.trigger import in_words, read
from localkfp.schedule.trigger import Cron, Interval
from tests.support.handout_pipeline import WORKFLOW
from tests.support.pages import started, uploaded, well_made
from tests.support.workflows import pod, workflow

HTML = {"Accept": "text/html,*/*"}
FORM = {"kind": "periodic", "every": "1", "unit": "second", "concurrency": "10", "catchup": "yes"}


# ---- recurring runs ------------------------------------------------------------------------------


def made(visit, **typed):
    """The address of a new recurring run."""
    version = uploaded(visit, workflow(pod()))
    body = {"version": version, "name": f"often {uuid.uuid4()}", **FORM, **typed}
    answer = visit("POST", "/recurringruns/new", body)
    assert answer.status == 303, answer.page.text
    return answer.to


def test_a_recurring_run_is_made_fires_is_switched_off_and_deleted(visit, until, client):
    page = made(visit)
    job = page.rpartition("/")[2]
    assert client.get_recurring_run(job).enabled
    until(lambda: re.search(r"Runs.*-1-\d+", visit("GET", page).page.text, re.DOTALL))
    shown = visit("GET", page)
    assert well_made(shown)
    assert "Every second" in shown.page.text
    assert "while the server of localkfp runs" in shown.page.text
    assert visit("POST", f"{page}/disable").to == page
    assert not client.get_recurring_run(job).enabled
    assert "Off: it makes no runs" in visit("GET", page).page.text
    assert visit("POST", f"{page}/enable").to == page
    assert client.get_recurring_run(job).enabled
    assert visit("POST", f"{page}/delete").to == "/recurringruns"
    assert visit("GET", page).status == 404


def test_the_list_of_recurring_runs_has_the_new_one(visit):
    page = made(visit, every="2", unit="week")
    listed = visit("GET", "/recurringruns")
    assert well_made(listed)
    assert page in listed.page.links
    assert "Every 2 weeks" in listed.page.text
    visit("POST", f"{page}/delete")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"every": "0"}, "Type a whole number from 1 to 1,000,000."),
        ({"concurrency": "11"}, "Type a whole number from 1 to 10."),
        ({"kind": "cron", "cron": ""}, "Type a cron expression"),
        ({"kind": "cron", "cron": "never"}, "cron is not a supported format"),
        ({"start": "tomorrow"}, "Type a time in UTC"),
        ({"start": "2026-01-02T00:00", "end": "2026-01-01T00:00"}, "The end must be after"),
        ({"name": " "}, "Type a name for the run."),
    ],
)
def test_what_is_wrong_in_the_form_is_said_beside_its_field(visit, typed, said):
    version = uploaded(visit, workflow(pod()))
    body = {"version": version, "name": "often", **FORM, **typed}
    answer = visit("POST", "/recurringruns/new", body)
    assert answer.status == 400
    assert any(said in words for words in answer.page.errors.values()), answer.page.errors


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (None, "Once"),
        (Interval(1), "Every second"),
        (Interval(90), "Every 90 seconds"),
        (Interval(3600), "Every hour"),
        (Interval(172800), "Every 2 days"),
        (Cron("0 0 9 * * *"), "By cron: 0 0 9 * * *"),
    ],
)
def test_a_trigger_in_words(trigger, words):
    assert in_words(trigger) == words


def test_the_form_asks_for_the_trigger_that_was_typed():
    asked = read(FORM | {"every": "3", "unit": "minute", "start": "1970-01-01T00:01"})
    assert (asked.trigger, asked.wrong) == (Interval(180, 60, None), {})


# ---- compare -------------------------------------------------------------------------------------


def test_runs_are_compared_by_their_parameters(visit, ended):
    given = [{"parameter:value_1": "9"}, {"parameter:value_1": "8"}]
    ids = [started(visit, ended, WORKFLOW, **each) for each in given]
    shown = visit("GET", f"/compare?runlist={','.join(ids)}")
    assert well_made(shown)
    assert re.search(r"differs:\s*value_1\s*9\s*8", shown.page.text)
    assert not re.search(r"differs:\s*value_2", shown.page.text)
    assert visit("GET", f"/compare?run={ids[0]}&run={ids[1]}").page.text == shown.page.text


@pytest.mark.parametrize("count", [0, 1, 11])
def test_so_many_runs_are_not_compared(visit, count):
    answer = visit("GET", f"/compare?runlist={','.join(map(str, range(count)))}")
    assert answer.status == 400
    assert f"{count} are selected" in answer.page.text


def test_metrics_have_columns_in_the_list_and_are_sorted_by(visit, ended, client):
    experiment = client.create_experiment(f"measured {uuid.uuid4()}").id
    ids = []
    for value in (0.25, 0.75):
        run = started(visit, ended, workflow(pod()), experiment=experiment)
        node = next(iter(nodes_of(client, run)))
        entry = {"name": "accuracy", "node_id": node, "number_value": value, "format": "PERCENTAGE"}
        client.runs.report_run_metrics(run, {"metrics": [entry]})
        ids.append(run)
    first, second = (f"/runs/details/{run}" for run in ids)
    for order, wanted in (("metric:accuracy", [first, second]), ("metric:accuracy desc", None)):
        sort = order.replace(" ", "%20")
        page = visit("GET", f"/runs?experiment={experiment}&sort={sort}").page
        listed = [link for link in page.links if link.startswith("/runs/details/")]
        assert listed == (wanted or [second, first])
        assert "75.000%" in page.text
    charts = visit("GET", f"/experiments/details/{experiment}")
    assert "Metrics over these runs" in charts.page.text
    compared = visit("GET", f"/compare?runlist={','.join(ids)}").page.text
    assert re.search(r"differs:\s*accuracy\s*25.000%\s*75.000%", compared)
    output = visit("GET", f"{first}?tab=output").page.text
    assert re.search(r"accuracy\s*25.000%", output)


def nodes_of(client, run):
    return json.loads(client.get_run(run).pipeline_runtime.workflow_manifest)["status"]["nodes"]


# ---- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nothing", "/runs/nothing/at/all", "/pipeline/nothing"])
def test_a_wrong_address_is_said_inside_the_frame_to_a_browser_alone(visit, path):
    answer = visit("GET", path, **HTML)
    assert answer.status == 404
    assert well_made(answer)
    assert f"There is no page at {path}" in answer.page.text
    assert visit("GET", path).data == b"Not Found\n"


@pytest.mark.parametrize("path", ["/artifacts", "/executions", "/artifacts/7"])
def test_what_only_a_cluster_has_is_said_inside_the_frame(visit, path):
    answer = visit("GET", path)
    assert (answer.status, well_made(answer)) == (200, True)
    assert "ML Metadata" in answer.page.text


def test_a_recurring_run_is_asked_for_as_the_genuine_front_end_does(visit):
    assert visit("GET", "/runs/new?recurring=1").to == "/recurringruns/new?recurring=1"


# ---- lists ---------------------------------------------------------------------------------------


def test_a_list_is_sorted_by_its_heads_and_as_long_as_asked(visit):
    word = uuid.uuid4().hex
    for letter in "abc" * 4:
        uploaded(visit, workflow(pod()), name=f"{letter} {word} {uuid.uuid4()}")
    page = visit("GET", f"/pipelines?q={word}&sort=name&size=20").page
    names = re.findall(rf"([abc]) {word}", page.text)
    assert (names, set(names)) == (sorted(names), set("abc"))
    assert f"/pipelines?q={word}&sort=name+desc&size=20" in page.links
    assert "Next page" not in page.text
    assert "Next page" in visit("GET", f"/pipelines?q={word}").page.text
