"""A batch graded by the pipeline: compiled, sent through a store, and equal to one graded here."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import localkfp
import pytest
import yaml
from localkfp.errors import WorkflowError
from tests.support.handed_in_notebooks.sent_away import files, hand_in, pods, same, settings
from tests.support.handed_in_notebooks.submitted import (
    EMPTY,
    FULL,
    SOLVED,
    dump,
)
from workbook.__main__ import main
from workbook.grading.batch.batch import grade
from workbook.grading.batch.job import Unfinished
from workbook.grading.cluster import parcel, step
from workbook.grading.cluster.away import Away, ClusterError
from workbook.grading.cluster.claim import MOUNTED
from workbook.grading.cluster.pipeline import workflow
from workbook.grading.cluster.store import BatchStoreError, Store
from workbook.grading.facts.record import GRADER_ERROR
from workbook.grading.sandbox.warm import NEVER
from workbook.paths import ASSETS

slow = pytest.mark.slow


# ---- what is compiled ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made():
    return workflow(3, image="example.org/grading:7")


def test_the_pipeline_is_an_intake_a_loop_over_shares_and_a_step_that_gathers(made):
    (root,) = (each for each in made["spec"]["templates"] if each["name"] == "grade-a-batch")
    tasks = {task["name"]: task for task in root["dag"]["tasks"]}
    assert tasks["for-loop-1"]["withParam"] == "{{tasks.intake.outputs.parameters.intake-numbers}}"
    assert tasks["gather"]["dependencies"] == ["for-loop-1"]
    (loop,) = (each for each in made["spec"]["templates"] if each["name"] == "for-loop-1")
    assert loop["parallelism"] == 3
    assert pods(made)["share"]["retryStrategy"] == {"limit": 3, "retryPolicy": "Always"}


def test_localkfp_takes_it_and_so_does_a_cluster(made):
    localkfp.load(yaml.safe_dump(made))
    assert [each["name"] for each in made["spec"]["arguments"]["parameters"]] == ["batch"]


def test_no_pod_is_root_writes_its_image_or_has_a_token(made):
    assert made["spec"]["automountServiceAccountToken"] is False
    assert made["spec"]["securityContext"]["runAsNonRoot"] is True
    for pod in pods(made).values():
        patch = json.loads(pod["podSpecPatch"])
        for container in (*patch["containers"], *patch["initContainers"]):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
        assert pod["activeDeadlineSeconds"] > 0
        assert pod["container"]["resources"]["limits"].keys() == {"cpu", "memory"}
        assert pod["container"]["image"] == "example.org/grading:7"
        annotations = pod["metadata"]["annotations"]
        assert annotations["pipelines.kubeflow.org/max_cache_staleness"] == "P0D"


def test_the_manifest_has_the_accounts_labels_and_secrets_that_the_pipeline_names(made):
    text = (ASSETS / "grading" / "cluster.yaml").read_text()
    there = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text)}
    account = made["spec"]["executor"]["serviceAccountName"]
    (token,) = there["ServiceAccount", account]["secrets"]
    annotations = there["Secret", token["name"]]["metadata"]["annotations"]
    assert annotations == {"kubernetes.io/service-account.name": account}
    policy = there["NetworkPolicy", "workbook-grading"]["spec"]
    (container,) = json.loads(pods(made)["share"]["podSpecPatch"])["initContainers"]
    assert container["envFrom"][0]["secretRef"]["name"] in text
    for pod in pods(made).values():
        assert policy["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


def test_the_container_that_a_learners_code_runs_in_is_not_given_the_stores_key(made):
    for pod in pods(made).values():
        (main_container,) = json.loads(pod["podSpecPatch"])["containers"]
        assert "envFrom" not in main_container
        assert "secret" not in json.dumps([main_container, pod["container"]]).lower()


def test_a_claim_is_mounted_in_every_pod_and_localkfp_refuses_it_by_name():
    made = workflow(2, claim="class")
    for pod in pods(made).values():
        (volume,) = pod["volumes"]
        assert volume["persistentVolumeClaim"] == {"claimName": "class"}
        (mount,) = pod["container"]["volumeMounts"]
        assert (mount["name"], mount["mountPath"]) == (volume["name"], MOUNTED)
    with pytest.raises(WorkflowError, match="cannot mount volumes"):
        localkfp.load(yaml.safe_dump(made))


def test_the_command_writes_it(tmp_path, capsys):
    file = tmp_path / "grading.yaml"
    assert main(["grade-pipeline", "--shares", "2", "-o", str(file)]) == 0
    assert yaml.safe_load(file.read_text(encoding="ascii"))["kind"] == "Workflow"
    assert main(["grade-pipeline", "-o", str(tmp_path / "no" / "x.yaml")]) == 2
    assert "can't be written: No such file" in capsys.readouterr().err


# ---- the store -----------------------------------------------------------------------------------


@slow  # the package of stores is an extra
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "'' is no address of a store"),
        ("folder", "folder is no address of a store"),
        ("https://example.org/x", "can be read and not written"),
        ("nothing://bucket/x", "can't be used: Protocol not known: nothing"),
    ],
)
def test_what_is_no_store_is_said(address, said):
    with pytest.raises(BatchStoreError, match=re.escape(said)):
        Store(address).read("x")


@slow
def test_a_store_that_is_not_there_is_said_without_its_key(options):
    for address in (
        f"s3://nobodys-bucket/x?{options}",
        "s3://course/x?key=a&secret=hidden&endpoint_url=http://127.0.0.1:1",
    ):
        with pytest.raises(BatchStoreError, match=r"^The store s3://[\w/-]+ can't be used") as said:
            Store(address).put({"a/b": b"1"})
        assert "hidden" not in str(said.value)


@slow
def test_a_store_keeps_files_by_their_names(url):
    store = Store(url)
    assert (store.names("a"), store.read("a/x")) == ([], None)
    store.put({"a/x": b"1", "a/y": b"", "b/z": "가".encode()})
    assert (store.names("a"), store.read("b/z")) == (["x", "y"], "가".encode())
    assert store.get(["a/x", "a/y"]) == {"a/x": b"1", "a/y": b""}
    assert store.get(["a/x"]) == {"a/x": b"1"}
    store.remove(["a/x", "a/none"])
    assert store.names("a") == ["y"]


# ---- a batch -------------------------------------------------------------------------------------


@slow
def test_what_the_pipeline_grades_is_what_this_machine_grades(tmp_path, url, cluster):
    folder = hand_in(tmp_path / "in")
    here = grade(settings(folder, tmp_path / "here"))
    there = grade(settings(folder, tmp_path / "there"), Away("http://h", url, 2))
    assert same(here) == same(there)
    assert files(tmp_path / "here") == files(tmp_path / "there")
    names = {name for kind in ("submissions", "records") for name in Store(url).names(kind)}
    assert all(re.fullmatch(r"[0-9a-f]{32}(\.json)?", name) for name in names)
    table = step.gather(Store(url))
    assert table.count("graded") == 4  # the file that is too large never went there


@slow
def test_a_share_that_fails_costs_nobody_else_and_resume_grades_it(tmp_path, url, cluster):
    folder, out = hand_in(tmp_path / "in", {f"l{i}": dump(SOLVED) for i in range(4)}), tmp_path
    cluster.fails = [0]
    by = Away("http://h", url, 2)
    with pytest.raises(Unfinished, match=r"2 were not graded: share\(0\): OOMKilled \(exit code"):
        grade(settings(folder, out / "out"), by)
    assert "2 were not graded" in (out / "out" / "report.html").read_text()
    assert (out / "out" / "grades.csv").read_text("utf-8-sig").count("graded") == 2
    records = grade(settings(folder, out / "out", resume=True), by)
    assert [each.points for each in records] == [FULL] * 4
    assert cluster.runs == 2


@slow
def test_a_run_that_goes_on_is_followed_and_not_started_again(tmp_path, url, cluster):
    folder, out = hand_in(tmp_path / "in", {"kim": dump(SOLVED)}), tmp_path / "out"
    begin = cluster.create_run_from_pipeline_package

    def and_stop(*given, **more):
        begin(*given, **more)
        cluster.status = "Running"
        return SimpleNamespace(run_id="a-run")

    cluster.create_run_from_pipeline_package = and_stop
    by = Away("http://h", url, 1)
    grade(settings(folder, out), by)
    (out / "journal.jsonl").unlink()  # as if this machine had stopped before it came
    (record,) = grade(settings(folder, out), by)
    assert (record.points, cluster.runs) == (FULL, 1)


@slow
def test_two_batches_in_one_store_are_said(tmp_path, url, cluster):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    by = Away("http://h", url, 1)
    grade(settings(folder, tmp_path / "one"), by)
    with pytest.raises(BatchStoreError, match=r"holds another batch\. Name another --store"):
        grade(settings(folder, tmp_path / "two"), by)


def sent(tmp_path, url, count=3):
    """A batch in a store; the keys of its submissions."""
    from workbook.grading.batch.job import Job
    from workbook.grading.intake.submissions import find_submissions
    from workbook.grading.rubric.rubric import load_rubric
    from workbook.grading.sandbox.bubblewrap import Limits

    folder = hand_in(tmp_path / "in", {f"l{i}": dump(SOLVED) for i in range(count)})
    (tmp_path / "work").mkdir()
    (tmp_path / "out").mkdir()
    found = find_submissions(folder, tmp_path / "work").submissions
    out, work = tmp_path / "out", tmp_path / "work"
    job = Job(found, 1, load_rubric(), Limits(), "if possible", 1, out, work)
    with pytest.raises(Unfinished):
        list(Away("http://h", url, 1)(job))
    return sorted(parcel.read_batch(Store(url)).submissions)


@slow
def test_what_ended_its_pod_is_graded_last_and_alone_and_after_two_times_by_a_person(
    tmp_path, url, cluster
):
    cluster.fails = [0]
    once, twice, fresh = sent(tmp_path, url)
    store = Store(url)
    for key, number in ((once, 1), (twice, 1), (twice, 2)):
        parcel.begin(store, key, number)
    assert step.share(store, 0, 1, 2) == 2
    marked = {each.record.key: each.record for each in parcel.get_marked(store, [once, twice])}
    assert marked[once].points == FULL
    assert marked[twice].verdict == GRADER_ERROR
    assert "ended the Pod that graded it, 2 times" in marked[twice].text
    assert parcel.begun(store) == {once: 2, twice: 2, fresh: 1}


@slow
def test_one_learner_is_graded_anew_there_too(tmp_path, url, cluster):
    folder, out = hand_in(tmp_path / "in", {"kim": dump(SOLVED), "lee": dump(EMPTY)}), tmp_path
    by = Away("http://h", url, 1)
    grade(settings(folder, out / "out"), by)
    grade(settings(folder, out / "out", resume=True, only="kim"), by)
    assert len((out / "out" / "journal.jsonl").read_text().splitlines()) == 3
    assert sum(parcel.begun(Store(url)).values()) == 2  # kim's first time is forgotten


@slow
def test_without_bubblewrap_each_submission_has_a_pod_of_its_own_and_the_report_says_so(
    tmp_path, url, cluster
):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED), "lee": dump(EMPTY)})
    by = Away("http://h", url, 1)
    records = grade(settings(folder, tmp_path / "out", isolation=NEVER), by)
    assert step.intake(Store(url), 1) == ([], 2)
    assert [each.isolated for each in records] == [False, False]
    assert {each.notes for each in records} == {("graded in a Pod without bubblewrap",)}


class Refusing:
    def __init__(self, status, body):
        self.status, self.body = status, body

    def __call__(self, *_given, **_more):
        error = RuntimeError("a long text")
        error.status, error.body = self.status, self.body
        raise error


@slow
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, "", "You may not create runs at http://h: ask for the rights, or bring a token."),
        (500, '{"error": "no such thing", "code": 13}', "http://h can't be used: no such thing"),
    ],
)
def test_what_the_cluster_refuses_is_said_and_nothing_is_lost(
    tmp_path, url, cluster, status, body, said
):
    cluster.create_run_from_pipeline_package = Refusing(status, body)
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    with pytest.raises(ClusterError, match=re.escape(said)):
        grade(settings(folder, tmp_path / "out"), Away("http://h", url, 1))


@slow
def test_a_host_that_is_not_there_is_said_in_a_line(tmp_path, url, capsys):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    line = ["grade", str(folder), "--out", str(tmp_path / "out"), "--store", url]
    assert main([*line, "--on", "http://127.0.0.1:1"]) == 2
    assert "workbook: Kubeflow Pipelines at http://127.0.0.1:1" in capsys.readouterr().err
    assert main(line) == 2
    assert "--on and --store go together" in capsys.readouterr().err
