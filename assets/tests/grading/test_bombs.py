"""Bombs in a batch with good ones between: the machine stays alive, and nobody loses a point."""

from __future__ import annotations

import platform

import psutil
import pytest
from tests.support.handed_in_notebooks.bombs import BOMBS, KEY, bomb
from tests.support.handed_in_notebooks.submitted import FULL, LESSON, SOLVED, dump, first
from workbook.grading.batch.batch import grade
from workbook.grading.batch.settings import Settings
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.warm import ALWAYS, IF_POSSIBLE, first_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """No bomb is run where the kernel would not stop it."""
    warm = first_of(bubblewrap.lay_out(tmp_path_factory.mktemp("limited")), IF_POSSIBLE)
    limited = warm.kernels.limited
    warm.stop()
    if not limited:
        pytest.skip("the kernel keeps no limit of processes for this user")


def hand_in(folder, files):
    for name, data in files.items():
        place = folder / name / LESSON.file_name
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
    return folder


def test_bombs_cost_their_own_exercise_and_nothing_else(limited, tmp_path, until):
    files = {}
    for number, name in enumerate(BOMBS):
        files |= {f"{number}-{name}": bomb(name), f"{number}-good": dump(SOLVED)}
    before = set(psutil.pids())
    settings = Settings(
        hand_in(tmp_path / "in", files),
        tmp_path / "out",
        seed=1,
        isolation=ALWAYS,
        progress=False,
    )
    records = {record.learner: record for record in grade(settings)}
    for learner, record in records.items():
        verdicts = {exercise.id: exercise.verdict for exercise in record.exercises}
        assert record.isolated
        if learner.endswith("good"):
            assert record.points == FULL, learner
        else:
            assert verdicts["04-2"] == "failed", learner
            assert record.verdict == "graded", learner
    # those of a test beside this one end by themselves, a bomb's don't
    left = set(psutil.pids()) - before
    until(lambda: not any(map(_is_ours, left)))


def _is_ours(pid):
    try:
        return "grading.sandbox" in " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its numbers of system calls")
def test_a_key_and_a_ring_are_refused(tmp_path):
    files = {"kim": first(SOLVED, KEY)}
    settings = Settings(hand_in(tmp_path / "in", files), tmp_path / "out", 1, progress=False)
    (record,) = grade(settings)
    assert record.points == FULL
    assert record.notes == ()  # of a cell of their own that failed
