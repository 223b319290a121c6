"""Submissions found in folders and zips: as learners hand them in, and as attackers do."""

from __future__ import annotations

import errno
import os
import tracemalloc
import unicodedata
import zipfile
from pathlib import Path

import pytest
from tests.support.handed_in_notebooks.handed_in import LINK, TITLED, folder, member, zipped
from workbook.grading.facts.record import TOO_LARGE, UNKNOWN_LESSON, UNREADABLE
from workbook.grading.intake.sources import MOST_BYTES
from workbook.grading.intake.submissions import IntakeError, find_submissions

MOODLE = "{}_assignsubmission_file_/04_compile_and_inspect.ipynb"
SHAPES = {
    "a folder per learner": ["kim/04_compile_and_inspect.ipynb", "lee/a/b/04.ipynb"],
    "a flat folder": ["04_compile_and_inspect_kim.ipynb", "lee_04.ipynb"],
    "Moodle, with folders": [MOODLE.format("kim_123"), MOODLE.format("lee_124")],
    "Moodle 4": [f"{name}_assignsubmission_file/04.ipynb" for name in ("kim_1", "lee_2")],
    "Moodle, without": [
        "kim_1_assignsubmission_file_04.ipynb",
        "lee_2_assignsubmission_file_04.ipynb",
    ],
    "Canvas": ["kim_123_456_04_compile.ipynb", "lee_LATE_124_457_04_compile.ipynb"],
    "wrapped": ["export/kim/04.ipynb", "export/lee/04.ipynb"],
    "wrapped twice": ["export/week 4/kim/04.ipynb", "export/week 4/lee/04.ipynb"],
    "wrapped and flat": ["export/kim_04.ipynb", "export/lee_04.ipynb"],
}


@pytest.fixture
def found(tmp_path):
    """Finds the submissions of a source, with an empty folder to work in."""

    def find(source):
        work = tmp_path / "work"
        work.mkdir()
        return find_submissions(source, work)

    return find


def brief(intake):
    return [(s.learner, s.lesson) for s in intake.submissions]


# ---- as they are handed in -----------------------------------------------------------------------


@pytest.mark.parametrize("pack", [folder, zipped], ids=["folder", "zip"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_learners_lessons_and_files_to_open(shape, pack, found, tmp_path):
    intake = found(pack(tmp_path / "batch.zip", dict.fromkeys(SHAPES[shape], TITLED)))
    assert brief(intake) == [("kim", "04"), ("lee", "04")]
    assert intake.notes == ()
    for submission in intake.submissions:
        assert submission.refusal is None
        late = ("late, says the learning platform",) if "_LATE_" in submission.file else ()
        assert submission.notes == late
        assert submission.path.read_text() == TITLED
        assert submission.file in SHAPES[shape]


def test_what_is_in_a_notebook_says_the_lesson_if_its_name_does_not(found, tmp_path):
    source = folder(tmp_path / "batch", {"kim/Untitled.ipynb": TITLED, "lee/mine.ipynb": "{}"})
    kim, lee = found(source).submissions
    assert (kim.lesson, kim.refusal) == ("05", None)
    assert lee.refusal.verdict == UNKNOWN_LESSON
    assert "lee/mine.ipynb" in lee.refusal.text


def test_several_lessons_of_a_learner_are_several_submissions(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim/04.ipynb", "kim/05.ipynb", "lee/05.ipynb"])
    assert brief(found(source)) == [("kim", "04"), ("kim", "05"), ("lee", "05")]


def test_ones_own_notebooks_are_those_of_the_folders_name(found, tmp_path):
    source = folder(tmp_path / "my-notebooks", ["04_compile_and_inspect.ipynb", "img/a.svg"])
    assert ("my-notebooks", "04") in brief(found(source))


def test_the_newest_of_two_is_graded_and_the_other_noted(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim/04 final.ipynb", "kim/04.ipynb"])
    (submission,) = found(source).submissions
    assert submission.file == "kim/04.ipynb"
    assert submission.notes == ("the newest of 2 was graded; the others: kim/04 final.ipynb",)


def test_canvas_counts_what_was_handed_in_again_whatever_the_times_say(found, tmp_path):
    names = [f"kim_123_456_04_compile{n}.ipynb" for n in ("-10", "-2", "")]
    (submission,) = found(zipped(tmp_path / "batch.zip", names)).submissions
    assert submission.file == "kim_123_456_04_compile-10.ipynb"
    assert "newest of 3" in submission.notes[0]


def test_checkpoints_and_what_macos_adds_are_no_submissions(found, tmp_path):
    names = [
        "kim/04.ipynb",
        "kim/.ipynb_checkpoints/04-checkpoint.ipynb",
        "kim/._04.ipynb",
        "__MACOSX/kim/04.ipynb",
        ".DS_Store",
    ]
    intake = found(zipped(tmp_path / "batch.zip", names))
    assert brief(intake) == [("kim", "04")]
    assert intake.submissions[0].notes == ()


def test_nobody_vanishes_who_handed_in_something_else(found, tmp_path):
    names = ["kim/04.ipynb", "lee/04.pdf", "lee/notes.txt", "choi_1_assignsubmission_file_x.pdf"]
    source = folder(tmp_path / "batch", names)
    (source / "park").mkdir()
    intake = found(source)
    choi, kim, lee = intake.submissions
    assert kim.refusal is None
    assert (choi.learner, choi.refusal.verdict) == ("choi", UNREADABLE)
    assert (lee.lesson, lee.refusal.verdict) == ("04", UNREADABLE)
    assert lee.refusal.text == "there is no notebook, but lee/04.pdf, lee/notes.txt"
    assert intake.notes == ("park: nothing was handed in",)


def test_a_folder_that_cant_be_read_is_not_called_empty(found, tmp_path, monkeypatch):
    source = folder(tmp_path / "batch", ["kim/04.ipynb", "lee/04.ipynb"])
    scandir = os.scandir

    def closed(path):
        if Path(path).name == "kim":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert found(source).notes == ("kim: this folder can't be read: Permission denied",)


def test_a_disk_that_is_full_is_not_taken_for_a_bad_zip(tmp_path):
    source = zipped(tmp_path / "batch.zip", ["kim/04.ipynb"])
    with pytest.raises(FileNotFoundError):
        find_submissions(source, tmp_path / "no folder")


def test_what_lies_around_is_left_out_and_said(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim_04.ipynb", "readme.txt"])
    assert found(source).notes == ("readme.txt: left out: no notebook",)


@pytest.mark.parametrize("names", [[], ["readme.txt"], [".hidden/04.ipynb"]])
@pytest.mark.parametrize("pack", [folder, zipped])
def test_a_source_without_submissions_is_said_to_be_empty(found, tmp_path, names, pack):
    source = tmp_path / "batch"
    source.mkdir() if pack is folder else None
    with pytest.raises(IntakeError, match="there is no notebook in"):
        found(pack(source, names))


def test_what_is_no_folder_and_no_zip_is_said(found, tmp_path):
    with pytest.raises(IntakeError, match="there is no folder or zip file"):
        find_submissions(tmp_path / "none", tmp_path)
    (tmp_path / "a.tar").write_text("no")
    with pytest.raises(IntakeError, match="neither a folder nor a zip file"):
        find_submissions(tmp_path / "a.tar", tmp_path)
    data = zipped(tmp_path / "cut.zip", ["kim/04.ipynb"]).read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    with pytest.raises(IntakeError, match="neither a folder nor a zip file"):
        find_submissions(tmp_path / "cut.zip", tmp_path)


# ---- names ---------------------------------------------------------------------------------------

NAMES = {
    "a leading dash": "-rf",
    "a newline": "a\nb",
    "255 bytes": "ü" * 127 + "x",
    "a terminal code": "\x1b[31mred",
    "right to left override": "kim\u202emin",
    "not UTF-8": "kim\udcff",
    "a formula": '=HYPERLINK("x")',
    "markup": "<script>alert(1)<script>",
    "spaces": "  ",
    "emoji": "👩‍💻",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_is_one_printable_line_and_its_notebook_is_graded(found, tmp_path, name):
    intake = found(folder(tmp_path / "batch", [f"{name}/04.ipynb", "lee/04.ipynb"]))
    assert len(intake.submissions) == 2
    odd = next(s for s in intake.submissions if s.learner != "lee")
    assert (odd.lesson, odd.refusal) == ("04", None)
    assert odd.path.read_text() == "{}"
    for text in (odd.learner, odd.file):
        text.encode()  # no half characters
        assert text.strip()
        assert len(text.splitlines()) == 1
        assert not {unicodedata.category(c) for c in text.replace("\u200d", "")} & {"Cc", "Cf"}


@pytest.mark.parametrize("twins", [("Jos\u00e9", "Jose\u0301"), ("kim", "k\u200dim")])
def test_names_that_look_the_same_stay_two_learners_and_both_are_told(found, tmp_path, twins):
    intake = found(folder(tmp_path / "batch", [f"{name}/04.ipynb" for name in twins]))
    assert len({s.learner for s in intake.submissions}) == 2
    for submission in intake.submissions:
        assert submission.notes == ("another learner of this batch has a name that looks the same",)


def test_names_that_are_the_same_once_they_are_shown_stay_two_learners(found, tmp_path):
    names = ["a\x01/04.ipynb", "a\x02/04.ipynb", "a\ufffd (1)/04.ipynb"]
    learners = [s.learner for s in found(folder(tmp_path / "batch", names)).submissions]
    assert len(set(learners)) == 3


def test_two_learners_of_one_name_are_told_apart_by_the_platforms_number(found, tmp_path):
    names = [MOODLE.format("Kim_123"), MOODLE.format("Kim_124")]
    assert brief(found(folder(tmp_path / "batch", names))) == [
        ("Kim (123)", "04"),
        ("Kim (124)", "04"),
    ]


# ---- attacks -------------------------------------------------------------------------------------


def test_a_link_is_not_followed_and_its_learner_is_told(found, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(TITLED)
    source = folder(tmp_path / "batch", ["kim/04.ipynb"])
    for name in ("lee/04.ipynb", "choi/Untitled.ipynb"):
        (source / name).parent.mkdir()
        (source / name).symlink_to(secret)
    (source / "park").symlink_to(tmp_path)
    intake = found(source)
    choi, kim, lee = intake.submissions
    assert kim.refusal is None
    assert (lee.lesson, lee.refusal.verdict) == ("04", UNREADABLE)
    assert "it is a link" in lee.refusal.text
    assert choi.lesson == ""
    assert intake.notes == ("park: left out: it is a link, and links are not followed",)


def test_a_link_beside_a_notebook_does_not_take_its_place(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim/04.ipynb"])
    (source / "kim" / "04_new.ipynb").symlink_to("/dev/zero")
    (submission,) = found(source).submissions
    assert submission.file == "kim/04.ipynb"
    assert "kim/04_new.ipynb was not taken: it is a link" in submission.notes[0]


def test_pipes_and_folders_with_a_notebooks_name_are_refused_and_nothing_hangs(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim/04.ipynb", "lee/04.ipynb/04.ipynb"])
    (source / "choi").mkdir()
    os.mkfifo(source / "choi" / "04.ipynb")
    os.mkfifo(source / "choi" / "Untitled.ipynb")
    refused = [s for s in found(source).submissions if s.refusal]
    assert {s.learner for s in refused} == {"choi", "lee"}
    assert {s.refusal.verdict for s in refused if s.lesson} == {UNREADABLE}


@pytest.mark.parametrize(
    "name",
    ["../../kim/04.ipynb", "/kim/04.ipynb", "..\\..\\kim\\04.ipynb", "kim/../../04.ipynb"],
)
def test_no_name_in_a_zip_leads_out_of_it(found, tmp_path, name):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    before = set(tmp_path.rglob("*")) | {tmp_path / "work"}
    intake = found(zipped(deep / "batch.zip", [name, "lee/04.ipynb"]))
    assert brief(intake) == [("kim", "04"), ("lee", "04")]
    new = set(tmp_path.rglob("*")) - before - {deep / "batch.zip"}
    assert {path.parent for path in new} == {tmp_path / "work"}


def test_a_bomb_is_too_large_and_only_its_learner_is_told(found, tmp_path):
    zeros = "0" * (MOST_BYTES + 1)
    noise = os.urandom(MOST_BYTES // 64).hex() * 33  # more than allowed, and hardly packed
    source = tmp_path / "batch.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member("kim/04.ipynb"), zeros, zipfile.ZIP_DEFLATED)
        archive.writestr(member("lee/04.ipynb"), noise, zipfile.ZIP_STORED)
        archive.writestr(member("choi/04.ipynb"), "{}")
    tracemalloc.start()
    choi, kim, lee = found(source).submissions
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert choi.refusal is None
    assert kim.refusal.verdict == lee.refusal.verdict == TOO_LARGE
    assert "more than 200 times its size" in kim.refusal.text
    assert "larger than 64 MiB" in lee.refusal.text
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["000002.ipynb"]
    assert peak < 2**21


def test_a_member_that_lies_is_unreadable(found, tmp_path):
    source = zipped(tmp_path / "batch.zip", {"kim/04.ipynb": "kim " * 99, "lee/04.ipynb": "{}"})
    data = source.read_bytes()
    at = data.index(b"kim/04.ipynb") + len("kim/04.ipynb")
    source.write_bytes(data[:at] + bytes([data[at] ^ 0xFF, data[at + 1] ^ 0xFF]) + data[at + 2 :])
    kim, lee = found(source).submissions
    assert kim.refusal.verdict == UNREADABLE
    assert "it can't be unpacked" in kim.refusal.text
    assert lee.refusal is None


def test_links_and_pipes_in_a_zip_are_refused(found, tmp_path):
    kim, lee = found(
        zipped(
            tmp_path / "batch.zip",
            dict.fromkeys(["kim/04.ipynb", "lee/04.ipynb"], "/etc/passwd"),
            mode=LINK,
        )
    ).submissions
    assert kim.refusal.text == lee.refusal.text == "it is a link, and links are not followed"
    assert not list((tmp_path / "work").iterdir())


def test_two_members_of_one_name_are_two_files(found, tmp_path):
    source = tmp_path / "batch.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(member("kim/04.ipynb", 1), "new")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(member("kim/04.ipynb", 0), "old")
    (submission,) = found(source).submissions
    assert submission.path.read_text() == "new"
    assert "newest of 2" in submission.notes[0]


def test_a_flood_of_notebooks_of_one_learner_is_one_refusal(found, tmp_path):
    names = [f"kim/{n}x.ipynb" for n in range(300)] + ["lee/04.ipynb"]
    kim, lee = found(zipped(tmp_path / "batch.zip", names)).submissions
    assert kim.refusal.verdict == UNKNOWN_LESSON
    assert kim.refusal.text.endswith("and 297 more")
    assert lee.refusal is None


def test_a_long_name_in_a_zip_is_cut_and_keeps_its_end(found, tmp_path):
    intake = found(zipped(tmp_path / "batch.zip", [f"{'k' * 60_000}/04.ipynb", "lee/04.ipynb"]))
    assert [s.lesson for s in intake.submissions] == ["04", "04"]
    assert len(intake.submissions[0].learner) <= 101


def test_a_large_notebook_is_not_loaded_to_find_its_lesson(found, tmp_path):
    source = folder(tmp_path / "batch", ["kim/Untitled.ipynb", "lee/04.ipynb"])
    with (source / "kim" / "Untitled.ipynb").open("r+b") as file:
        file.truncate(50 * 2**20)
    tracemalloc.start()
    kim, _ = found(source).submissions
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kim.refusal.verdict == UNKNOWN_LESSON
    assert peak < 2**20
