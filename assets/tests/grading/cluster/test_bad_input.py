"""What can go wrong around a batch: a sentence before anything is lost; what was graded is kept."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.support.handed_in_notebooks.sent_away import Cluster, hand_in, settings
from tests.support.handed_in_notebooks.submitted import EMPTY, FULL, LESSON, SOLVED, dump
from workbook.__main__ import main
from workbook.grading.batch.batch import grade
from workbook.grading.batch.job import Unfinished
from workbook.grading.batch.journal import JournalError
from workbook.grading.cluster import away, parcel, step
from workbook.grading.cluster.away import Away
from workbook.grading.cluster.store import BatchStoreError, Store
from workbook.grading.facts.record import TOO_LARGE

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "store",
    [
        "s3://course/x?key=a&secret=b&endpoint_url=http://127.0.0.1:1",  # nobody listens there
        "file:///proc/no-such-folder",  # nobody can write there
    ],
)
def test_a_store_that_cannot_be_used_is_said_and_no_run_is_created(
    tmp_path, cluster, capsys, store
):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    line = ["grade", str(folder), "--out", str(tmp_path / "out"), "--on", "http://h"]
    assert main([*line, "--store", store]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith(f"workbook: The store {store.partition('?')[0]} can't be used: ")
    assert cluster.runs == 0
    assert (tmp_path / "out" / "journal.jsonl").read_bytes() == b""


@pytest.mark.parametrize("folder", ["begun", "records"])
def test_a_store_that_a_pod_cannot_write_ends_its_share_by_a_sentence_and_what_was_graded_is_kept(
    tmp_path, cluster, capsys, folder
):
    """After a first share, as when the store is full or its key is no longer good."""
    url = (tmp_path / "store").as_uri()
    given = hand_in(tmp_path / "in", {name: dump(SOLVED) for name in ("kim", "lee")})
    cluster.fails = [0]
    with pytest.raises(Unfinished, match=r"^1 were not graded: .* What was is kept; --resume"):
        grade(settings(given, tmp_path / "out"), Away("http://h", url, 2))
    place, kept = tmp_path / "store" / folder, tmp_path / "kept"
    place.rename(kept)
    place.write_text("no folder")
    capsys.readouterr()
    assert step.main(["share", "--store", url, "--jobs", "1", "--number", "0", "--of", "2"]) == 1
    (said,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert said.startswith(f"workbook: The store {url} can't be used: ")
    place.unlink()
    kept.rename(place)
    records = grade(settings(given, tmp_path / "out", resume=True), Away("http://h", url, 2))
    assert [each.points for each in records] == [FULL, FULL]


def test_a_hand_in_of_500_megabytes_is_refused_here_and_sent_nowhere(tmp_path, url, cluster):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED), "lee": b"{"})
    os.truncate(folder / "lee" / LESSON.file_name, 500_000_000)
    records = grade(settings(folder, tmp_path / "out"), Away("http://h", url, 2))
    verdicts = {each.learner: (each.verdict, each.points) for each in records}
    assert verdicts["kim"] == ("graded", FULL)
    assert verdicts["lee"][0] == TOO_LARGE
    assert len(Store(url).names("submissions")) == 1


class Forbidding(BaseHTTPRequestHandler):
    """An API server that is well, and lets this user do nothing."""

    def do_GET(self):  # the name that http.server calls
        well = self.path.endswith("/healthz")
        said = {} if well else {"error": "User is not authorized", "code": 7}
        self.send_response(200 if well else 403)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    do_POST = do_GET

    def log_message(self, *_given):
        pass


def test_who_may_not_create_runs_is_told_so_and_what_was_sent_is_kept(
    tmp_path, url, monkeypatch, capsys
):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    line = ["grade", str(folder), "--out", str(tmp_path / "out"), "--store", url]
    with ThreadingHTTPServer(("127.0.0.1", 0), Forbidding) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        assert main([*line, "--on", host]) == 2
        server.shutdown()
    said = capsys.readouterr().err.strip().splitlines()[-1]
    text = f"You may not create runs at {host}: ask for the rights, or bring a token."
    assert said == f"workbook: {text}"
    assert len(Store(url).names("submissions")) == 1
    monkeypatch.setattr(away, "_client", lambda _host: Cluster())
    records = grade(settings(folder, tmp_path / "out", resume=True), Away("http://h", url, 1))
    assert [each.points for each in records] == [FULL]


@pytest.mark.parametrize(
    "message",
    [
        "OOMKilled (exit code 137)",
        "Pod was active on the node longer than the specified deadline",
        "pod deleted",
    ],
)
def test_how_a_pod_was_killed_is_in_the_sentence(tmp_path, url, cluster, message):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    cluster.fails, cluster.message = [0], message
    reason = rf"^1 were not graded: share\(0\): {re.escape(message)}\. What was is kept"
    with pytest.raises(Unfinished, match=reason):
        grade(settings(folder, tmp_path / "out"), Away("http://h", url, 1))


def test_two_gradings_of_one_folder_at_once(tmp_path, url, cluster):
    folder, by = hand_in(tmp_path / "in", {"kim": dump(SOLVED)}), Away("http://h", url, 1)
    begin, refused = cluster.create_run_from_pipeline_package, []

    def meanwhile(*given, **more):
        for out, error in (("out", JournalError), ("other", BatchStoreError)):
            with pytest.raises(error) as said:
                grade(settings(folder, tmp_path / out), by)
            refused.append(str(said.value))
        return begin(*given, **more)

    cluster.create_run_from_pipeline_package = meanwhile
    (record,) = grade(settings(folder, tmp_path / "out"), by)
    assert (record.points, cluster.runs) == (FULL, 1)
    assert refused[0].startswith("Another `workbook grade` is writing to ")
    assert refused[1].endswith("holds another batch. Name another --store.")


def test_a_submission_named_as_a_path_lies_nowhere_else(tmp_path, url, cluster):
    outside = tmp_path / "outside.ipynb"
    outside.write_text("as it was")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("../outside.ipynb", f"../../{LESSON.file_name}", "/etc/passwd.ipynb"):
            archive.writestr(name, dump(EMPTY))
        archive.writestr(f"kim/{LESSON.file_name}", dump(SOLVED))
    (tmp_path / "in.zip").write_bytes(packed.getvalue())
    before = {each.name for each in tmp_path.iterdir()}
    records = grade(settings(tmp_path / "in.zip", tmp_path / "out"), Away("http://h", url, 1))
    assert FULL in [each.points for each in records]
    assert outside.read_text() == "as it was"
    assert {each.name for each in tmp_path.iterdir()} == before | {"out"}
    table = json.loads(Store(url).read(parcel.BATCH))
    assert all(len(name) == 32 and name.isalnum() for name in table["submissions"])


def test_a_share_whose_pod_is_killed_is_tried_again_and_nothing_is_graded_twice(
    tmp_path, url, cluster, until
):
    """As a cluster does it: the Pod is another, and the share the same."""
    many = {f"l{number}": dump(SOLVED) for number in range(6)}
    folder = hand_in(tmp_path / "in", many)
    cluster.fails = [0]
    with pytest.raises(Unfinished):
        grade(settings(folder, tmp_path / "out"), Away("http://h", url, 1))
    store = Store(url)
    line = [sys.executable, "-m", "workbook.grading.cluster.step", "share", "--store", url]
    line += ["--jobs", "1"]
    pod = subprocess.Popen(line, stderr=subprocess.DEVNULL, start_new_session=True)
    until(lambda: parcel.graded(store))
    os.killpg(pod.pid, signal.SIGKILL)
    pod.wait()
    kept = parcel.graded(store)
    assert len(kept) < len(many)
    subprocess.run(line, check=True, stderr=subprocess.DEVNULL)
    times = parcel.begun(store)
    assert parcel.graded(store) == set(times)
    assert len(times) == len(many)
    assert all(times[key] == 1 for key in kept)
    records = grade(settings(folder, tmp_path / "out", resume=True), Away("http://h", url, 1))
    assert [each.points for each in records] == [FULL] * len(many)
