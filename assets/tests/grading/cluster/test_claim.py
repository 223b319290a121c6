"""A claim of the cluster as the store."""

from __future__ import annotations

import re

import pytest
import yaml
from tests.support.handed_in_notebooks.sent_away import Cluster, hand_in, pods, settings
from tests.support.handed_in_notebooks.submitted import FULL, SOLVED, dump
from workbook.__main__ import main
from workbook.grading.batch.batch import grade
from workbook.grading.cluster import parcel
from workbook.grading.cluster.away import Away
from workbook.grading.cluster.claim import claimed
from workbook.grading.cluster.store import BatchStoreError, Store
from workbook.grading.sandbox.warm import ALWAYS


def test_its_name_folder_and_place_here_are_in_the_url(tmp_path):
    found = claimed(f"claim://class/2026/batch?at={tmp_path}")
    assert (found.name, found.folder) == ("class", tmp_path / "2026" / "batch")
    assert found.in_pods == "file:///store/2026/batch"
    assert claimed("s3://course/batch") is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("claim://class?at=/tmp", "names no claim and folder"),
        ("claim:///batch?at=/tmp", "names no claim and folder"),
        ("claim://Class_A/batch?at=/tmp", "names no claim and folder"),
        ("claim://class/../batch?at=/tmp", "names no claim and folder"),
        ("claim://class/batch", "Where is the claim class mounted here?"),
        ("claim://class/batch?at=/nowhere/at/all", "Where is the claim class mounted here?"),
        ("claim://class/batch?at=tmp", "Where is the claim class mounted here?"),
    ],
)
def test_what_names_no_claim_is_said(url, said):
    with pytest.raises(BatchStoreError, match=re.escape(said)):
        claimed(url)


def test_the_command_writes_a_pipeline_whose_pods_have_it(tmp_path, capsys):
    file = tmp_path / "grading.yaml"
    line = ["grade-pipeline", "-o", str(file), "--claim"]
    assert main([*line, "class"]) == 0
    made = yaml.safe_load(file.read_text(encoding="ascii"))
    (claims,) = {
        tuple(each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"])
        for pod in pods(made).values()
    }
    assert claims == ("class",)
    assert capsys.readouterr().out.endswith(
        "batch is file:///store/FOLDER, a folder of the claim class\n"
    )
    file.unlink()
    assert main([*line, "My_Class"]) == 2
    assert capsys.readouterr().err == "workbook: My_Class is no name of a claim.\n"
    assert not file.exists()


class Mounted(Cluster):
    """Its Pods see the claim where this machine has it."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def create_run_from_pipeline_package(self, file, arguments, run_name):
        self.asked = arguments["batch"]
        here = {"batch": self.asked.replace("/store", str(self.place))}
        return super().create_run_from_pipeline_package(file, here, run_name)


@pytest.mark.slow
def test_a_batch_goes_through_a_claim_and_is_enclosed_by_bubblewrap(tmp_path, monkeypatch):
    from workbook.grading.cluster import away

    (tmp_path / "claim").mkdir()
    cluster = Mounted(tmp_path / "claim")
    monkeypatch.setattr(away, "_client", lambda _host: cluster)
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    by = Away("http://h", f"claim://class/batch?at={tmp_path / 'claim'}", 1)
    (record,) = grade(settings(folder, tmp_path / "out"), by)
    assert (record.points, record.isolated) == (FULL, True)
    assert cluster.asked == "file:///store/batch"
    # whoever runs in the Pod sees the claim, so that nothing may run there outside of a sandbox
    batch = tmp_path / "claim" / "batch"
    assert parcel.read_batch(Store(batch.as_uri())).isolation == ALWAYS
    assert (batch / "records").stat().st_mode & 0o777 == 0o777  # the Pods' user is another
