"""Recurring runs, with a clock that the test owns: the twenty points in which a genuine KFP 1.8.5
was watched (eight jobs, 24 runs). The runs themselves are started by nobody."""

from __future__ import annotations

import json

import pytest
from localkfp.errors import StoreError
from localkfp.schedule import times
from localkfp.schedule.trigger import Cron, Interval
from localkfp.service import experiments, jobs, recurring, references, runs
from localkfp.service.errors import ServiceError
from localkfp.service.references import Reference
from localkfp.store.database import Store
from tests.support.workflows import dag, pod, task, workflow

MANIFEST = json.dumps(workflow(dag("main", task("a")), pod(), parameters={"msg": "hi", "n": "1"}))
CREATED = times.epoch("2026-11-30T19:33:50Z")


class NoPods:
    """A runner that takes runs and starts none."""

    def __init__(self):
        self.taken, self.ended = [], []

    def submit(self, run):
        self.taken.append(run)

    def terminate_soon(self, run_id):
        self.ended.append(run_id)
        return True


def at(text):
    return times.epoch(f"2026-11-30T19:{text}Z")


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "localkfp.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def runner():
    return NoPods()


@pytest.fixture
def job(store, monkeypatch):
    def create(trigger, name="every 15", created="33:50", **more):
        monkeypatch.setattr(jobs, "timestamp", lambda: at(created))
        run = {"parameters": more.pop("parameters", ()), "references": more.pop("references", ())}
        asked = runs.Request(name=name, manifest=MANIFEST, **run)
        options = {"max_concurrency": 10, "enabled": True, "no_catchup": False, **more}
        return jobs.create(store, jobs.Request(asked, trigger, **options))

    return create


@pytest.fixture
def made(store, runner):
    """Passes at the given moments; the times for which runs were made, by the minute."""

    def passes(*moments):
        before = len(store.rows("runs"))
        for moment in moments:
            recurring.make_due(store, runner, at(moment))
        new = store.rows("runs")[before:]
        return [row["scheduled_at"][-6:-1] for row in new]

    return passes


def end(store, *rows):
    for row in rows:
        store.update("runs", row["id"], phase="Succeeded", finished_at="2026-11-30T20:00:00Z")


def test_a_grid_from_the_creation_on_however_late_the_passes_come(job, made):
    job(Interval(15))
    assert made("33:51", "34:04") == []
    assert made("34:05", "34:06", "34:20", "34:59") == ["34:05", "34:20", "34:35"]


def test_every_missed_time_makes_a_run_one_in_a_pass_and_in_order(job, made):
    job(Interval(15, start=at("34:49")), created="35:39")
    passes = ("35:50", "36:00", "36:11", "36:21")
    assert made(*passes) == ["35:04", "35:19", "35:34", "35:49"]


def test_without_catching_up_the_missed_ones_are_one(job, made):
    job(Interval(15, start=at("34:49")), created="35:39", no_catchup=True)
    assert made("35:49", "35:50", "36:04", "36:41", "36:56") == ["35:49", "36:04", "36:41", "36:56"]


def test_cron_makes_its_missed_times_up_to_its_end(job, made):
    job(Cron("*/20 * * * * *", at("34:39"), at("35:59")), created="35:40")
    passes = ("35:50", "36:00", "36:11", "36:21", "36:30", "37:00")
    assert made(*passes) == ["34:40", "35:00", "35:20", "35:40"]


def test_an_end_counts_itself_and_the_job_stays_enabled(job, made, store):
    row = job(Interval(15, end=at("34:05")))
    assert made("34:05", "34:20", "35:00") == ["34:05"]
    assert store.get("jobs", row["id"])["enabled"] == 1


def test_no_more_runs_at_once_than_allowed_and_none_is_dropped(job, made, store):
    job(Interval(15), max_concurrency=1)
    assert made("34:05", "34:20", "35:19") == ["34:05"]
    end(store, *store.rows("runs"))
    assert made("35:26") == ["34:20"]


def test_a_disabled_job_makes_none_and_catches_up_when_it_is_enabled(job, made, store):
    row = job(Interval(15), enabled=False)
    assert made("34:05", "35:00") == []
    jobs.switch(store, row["id"], enabled=True)
    assert made("35:39", "35:49") == ["34:05", "34:20"]


def test_a_job_without_a_trigger_runs_once(job, made):
    job(None)
    assert made("33:50", "33:51", "34:51") == ["33:50"]


def test_the_status_follows_at_the_next_pass(job, made, store):
    row = job(Interval(15))
    assert row["status"] == "NO_STATUS"
    made("33:51")
    assert store.get("jobs", row["id"])["status"] == "Enabled"
    jobs.switch(store, row["id"], enabled=False)
    jobs.switch(store, row["id"], enabled=False)
    assert store.get("jobs", row["id"])["status"] == "Enabled"
    made("33:52")
    assert store.get("jobs", row["id"])["status"] == "Disabled"


def test_a_run_is_named_and_labelled_as_the_controllers_are(job, made, store, runner):
    row = job(Interval(15), name="every15 Package!")
    made("34:20")
    run = store.rows("runs")[0]
    name = store.get("jobs", row["id"])["workflow_name"]
    assert name.startswith("every15package")
    assert len(name) == len("every15package") + 5
    assert run["name"].startswith(f"{name}-1-")
    assert int(run["name"].rpartition("-")[2]) < 2**32
    labels = json.loads(run["manifest"])["metadata"]["labels"]
    scheduled = "scheduledworkflows.kubeflow.org"
    assert labels["pipeline/runid"] == run["id"] == runner.taken[0].uid
    assert labels[f"{scheduled}/scheduledWorkflowName"] == name
    assert labels[f"{scheduled}/workflowEpoch"] == str(at("34:05"))
    assert labels[f"{scheduled}/workflowIndex"] == "1"
    kinds = [(r.type, r.relationship, r.name) for r in references.read(run)]
    assert kinds == [("EXPERIMENT", "OWNER", "Default"), ("JOB", "CREATOR", "every15 Package!")]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("매일 실행", "job-"), ("A b/c_d.E", "abcde"), ("n" * 40, "n" * 25), ("my-job", "my-job")],
)
def test_a_name_that_kubernetes_would_not_take_is_reduced(job, name, prefix):
    found = job(Interval(15), name=name)["workflow_name"]
    assert (found[:-5], len(found)) == (prefix, len(prefix) + 5)


def test_the_recorded_hash_of_a_name():
    """The run cron20versionjkl4r-1-2259232898 of the genuine server."""
    from localkfp.engine.node import fnv32a

    assert fnv32a("cron20versionjkl4r-1") == 2259232898


def test_macros_are_filled_in_when_the_run_is_made(job, made, store):
    text = "[[Index]] [[ScheduledTime]] [[CurrentTime]] [[RunUUID]] [[Nope]]"
    row = job(Interval(15), parameters=(("msg", text),))
    made("34:07")
    run = store.rows("runs")[0]
    filled = f"1 20261130193405 20261130193407 {run['id']} [[Nope]]"
    assert json.loads(run["parameters"]) == {"msg": filled, "n": "1"}
    shown = json.loads(store.get("jobs", row["id"])["spec"])["parameters"]
    assert shown == [{"name": "msg", "value": text}]


def test_deleting_a_job_ends_its_runs_and_keeps_them(job, made, store, runner):
    row = job(Interval(15))
    made("34:05", "34:20")
    first, second = store.rows("runs")
    end(store, first)
    jobs.delete(store, runner, row["id"])
    assert runner.ended == [second["id"]]
    assert [r.type for run in store.rows("runs") for r in references.read(run)] == [
        "EXPERIMENT"
    ] * 2
    assert made("34:35") == []
    with pytest.raises(ServiceError, match="not found"):
        jobs.delete(store, runner, row["id"])


@pytest.mark.parametrize("verb", ["archive", "delete"])
def test_an_experiment_that_goes_takes_its_jobs_out_of_use(job, made, store, verb):
    group = experiments.create(store, "group", "")
    row = job(Interval(15), references=(Reference("EXPERIMENT", group["id"]),))
    if verb == "archive":
        experiments.keep(store, group["id"], "archive")
    else:
        experiments.delete(store, group["id"])
    assert made("34:05") == []
    assert store.get("jobs", row["id"])["enabled"] == 0


def test_a_run_and_that_it_was_made_are_written_together(job, store, runner, monkeypatch):
    """Whenever the process dies, a time that was due has one run: none is lost, none is twice."""
    row = job(Interval(15))

    def dies(table, row_id, **values):
        if "last" in values:
            raise StoreError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(store, "update", dies)
        with pytest.raises(StoreError):
            recurring.make_due(store, runner, at("34:05"))
    assert (store.rows("runs"), runner.taken) == ([], [])
    recurring.make_due(store, runner, at("34:06"))
    recurring.make_due(store, runner, at("34:07"))
    assert [run["scheduled_at"][-6:-1] for run in store.rows("runs")] == ["34:05"]
    assert store.get("jobs", row["id"])["last_index"] == 1


def test_ten_thousand_jobs_are_passed_over_while_none_is_due(job, store, runner):
    row = job(Cron("0 0 0 1 1 *"))
    row.pop("id")
    with store.together():
        for number in range(10_000):
            store.insert("jobs", **{**row, "name": f"job {number}", "seq": row["seq"] + number})
    recurring.make_due(store, runner, at("34:05"))
    assert store.due_jobs(at("34:05"), 20) == []


def test_a_pass_makes_a_bounded_number_of_runs_longest_due_first(job, made, store):
    for number in range(recurring.MOST + 5):
        job(Interval(15 + number), name=f"job {number}")
    first = made("35:00")
    assert first == sorted(first)
    assert len(first) == recurring.MOST


def test_an_empty_text_is_a_value(job, made, store):
    job(Interval(15), parameters=(("msg", ""),))
    assert made("34:05") == ["34:05"]
    (run,) = store.rows("runs")
    assert json.loads(run["parameters"]) == {"msg": "", "n": "1"}
