"""The catalogue in one batch, good submissions between: each gets its verdict, nothing leaks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psutil
import pytest
from tests.support.handed_in_notebooks import forged
from tests.support.handed_in_notebooks.catalogue import rows
from tests.support.handed_in_notebooks.submitted import FULL, SOLVED, dump
from workbook.grading.batch.batch import grade
from workbook.grading.batch.judged import LONGEST_TEXT
from workbook.grading.batch.settings import Settings
from workbook.grading.sandbox.bubblewrap import ASSETS, Limits
from workbook.paths import REPOSITORY

pytestmark = pytest.mark.slow
GOOD = 10
LIMITS = Limits(cell_seconds=10, notebook_seconds=120, memory=1536 * 1024 * 1024)


def snapshot(*folders: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """learner -> record, and the rows."""
    folder = tmp_path_factory.mktemp("catalogue")
    outside = folder / "outside"
    outside.mkdir()
    (outside / "canary").write_text("as it was")
    catalogue = [*rows(str(ASSETS), str(outside)), *forged.rows()]
    step = len(catalogue) // GOOD
    handed_in = {row.name: row.data for row in catalogue}
    handed_in |= {f"{i * step:02}-good": dump(SOLVED) for i in range(GOOD)}
    for name, data in handed_in.items():
        place = folder / "in" / name / "04_compile_and_inspect.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
    watched = (outside, REPOSITORY / "solutions", REPOSITORY / "notebooks", ASSETS, folder / "in")
    before, mine = snapshot(*watched), psutil.Process()
    others = set(mine.children(recursive=True))  # servers of other tests
    records = grade(Settings(folder / "in", folder / "out", seed=3, limits=LIMITS, progress=False))
    assert snapshot(*watched) == before
    assert set(mine.children(recursive=True)) <= others
    return {record.learner: record for record in records}, folder / "out"


CATALOGUE = [*rows("", ""), *forged.rows()]


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_a_bad_submission_gets_the_verdict_that_its_row_asks_for(batch, row):
    record = batch[0][row.name]
    assert record.isolated or record.verdict != "graded"
    assert record.verdict == row.verdict, record
    assert row.text in record.text
    assert row.points is None or record.points == row.points, record
    for exercise_id, (verdict, words) in row.says.items():
        (result,) = [each for each in record.exercises if each.id == exercise_id]
        assert result.verdict == verdict, result
        assert words in result.text
    assert row.note in " ".join(record.notes)
    failed = [note for note in record.notes if "that begins with" in note and "omitted" not in note]
    assert not (row.calm and failed)


def test_every_good_submission_between_them_gets_full_marks(batch):
    good = [record for name, record in batch[0].items() if name.endswith("-good")]
    assert [record.points for record in good] == [FULL] * GOOD


def test_no_text_about_an_exercise_is_longer_than_a_person_reads(batch):
    texts = [exercise.text for record in batch[0].values() for exercise in record.exercises]
    assert max(map(len, texts)) <= LONGEST_TEXT + 1  # what was cut ends in ...
    assert all(text.isascii() or text.encode() for text in texts)


def test_what_a_notebook_left_is_stored_bounded(batch):
    stored = list(batch[1].rglob("*.ipynb"))
    assert max(path.stat().st_size for path in stored) < 5_000_000
