"""The compiled pipeline, run by localkfp: as processes, and as containers of the image."""

from __future__ import annotations

import re
import shutil
import sys

import localkfp
import pytest
from tests.support.handed_in_notebooks.catalogue import rows
from tests.support.handed_in_notebooks.sent_away import files, hand_in, same, settings
from tests.support.handed_in_notebooks.submitted import EMPTY, FULL, SOLVED, dump, exercise
from tests.support.images import grading
from workbook.grading.batch.batch import grade
from workbook.grading.batch.job import Unfinished
from workbook.grading.cluster.away import Away
from workbook.paths import REPOSITORY

pytestmark = pytest.mark.slow
# as a kubelet has it by itself; an engine's own profile is another
KUBERNETES = '[containers]\nseccomp_profile = "unconfined"\n'
HOSTILE = """1-truncated 2-bom-crlf 3-format-3 6-checks-deleted 8-exercise-twice 13-exit
14-stale-outputs 21-kills-itself 21-segfault 24-fork-bomb 25-memory 28-writes-outside
30-writes-grades 31-poisons-the-profile 32-always-equal 33-transformer 35-forged-verdicts 36-by-hand
41-symlink 43-stays-behind""".split()
# whose tracebacks go through Python's library: the image's Python 3.11 is another than this one
ANOTHER_PYTHON = ("30-writes-grades", "32-always-equal")
HONEST = 20  # each leaves out another exercise, or none
# what is by chance, or each machine's own, in a notebook as it was run
OWN = re.compile(rb'0x[0-9a-f]{6,}|/[\w./-]+/(?:site|dist)-packages|"id": "[0-9a-f]{8}"')


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a localkfp of the test's own; gives its address."""

    def begin(**environment):
        monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "home"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return localkfp.start()

    yield begin
    localkfp.stop()


def test_a_pod_without_the_workbook_says_so(tmp_path, url, start):
    """As a process it has a bare Python, on a cluster a wrong --image."""
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED)})
    with pytest.raises(
        Unfinished, match=r"1 were not graded: intake: Error .*no module workbook.*itself\. What"
    ):
        grade(settings(folder, tmp_path / "out"), Away(start(), url, 2))


@pytest.mark.skipif(
    REPOSITORY.is_relative_to("/tmp") or not shutil.which("bwrap"),
    reason="a pod has a /tmp of its own, and there the workbook would be missing",
)
def test_its_pods_may_be_processes_that_have_the_workbook(tmp_path, url, start):
    folder = hand_in(tmp_path / "in", {"kim": dump(SOLVED), "lee": dump(EMPTY), "jung": b"%PDF"})
    program = (sys.executable, "-m", "workbook.grading.cluster.step")
    here = grade(settings(folder, tmp_path / "here"))
    there = grade(settings(folder, tmp_path / "there"), Away(start(), url, 1, program=program))
    assert [each.points for each in same(here)] == [each.points for each in same(there)]
    assert files(tmp_path / "here").keys() == files(tmp_path / "there").keys()


@pytest.mark.skipif(
    not all(map(shutil.which, ("podman", "mmdebstrap"))), reason="needs Podman and mmdebstrap"
)
def test_as_containers_of_the_image_it_grades_what_this_machine_grades(tmp_path, url, start):
    image = grading.make()
    hostile = {row.name: row.data for row in rows("/workbook/assets", "/nowhere")}
    chosen = {name: hostile[name] for name in HOSTILE}
    honest = {
        f"learner-{number}": exercise(SOLVED, number % 5, f"#{number}")
        if number % 5
        else dump(SOLVED)
        for number in range(HONEST)
    }
    folder = hand_in(tmp_path / "in", chosen | honest)
    (tmp_path / "containers.conf").write_text(KUBERNETES)
    host = start(
        LOCALKFP_PODS="containers",
        LOCALKFP_PODS_NETWORK="host",  # where the store is
        CONTAINERS_CONF=str(tmp_path / "containers.conf"),
    )
    here = grade(settings(folder, tmp_path / "here"))
    there = grade(settings(folder, tmp_path / "there"), Away(host, url, 2, image))
    assert same(here) == same(there)
    assert {each.learner: each.points for each in there}["learner-0"] == FULL
    assert all(each.isolated for each in there if each.verdict == "graded")
    ours, theirs = (
        {
            name: OWN.sub(b"", data)
            for name, data in files(tmp_path / out).items()
            if not name.startswith(tuple(f"executed/{row}-" for row in ANOTHER_PYTHON))
        }
        for out in ("here", "there")
    )
    assert ours == theirs
