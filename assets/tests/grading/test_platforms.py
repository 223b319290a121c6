"""Zips as learning platforms and Windows make them: every learner is found once."""

from __future__ import annotations

import unicodedata
import zipfile

import pytest
from tests.support.handed_in_notebooks.handed_in import folder, zipped
from workbook.grading.intake.submissions import find_submissions

NAME = "04_compile_and_inspect.ipynb"


def found(source, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    return find_submissions(source, work)


def without_flag(name: str) -> zipfile.ZipInfo:
    """As a Korean Windows names a member: CP949, and nothing says so."""
    info = zipfile.ZipInfo(name.encode("cp949").decode("cp437"))
    info.flag_bits = 0
    return info


class OfWindows(zipfile.ZipInfo):
    """Writes the bytes of its name as they are."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp949"), self.flag_bits


def test_a_korean_class_in_a_zip_of_windows_is_found_by_name(tmp_path):
    source = tmp_path / "4주차.zip"
    names = ["홍길동", "김민수", "이서연"]
    with zipfile.ZipFile(source, "w") as archive:
        for number, name in enumerate(names):
            path = f"2026{number}_{name}/{NAME.replace('.ipynb', ' - 복사본 (2).ipynb')}"
            archive.writestr(OfWindows(path), "{}")
    assert {s.learner for s in found(source, tmp_path).submissions} == {
        f"2026{number}_{name}" for number, name in enumerate(names)
    }


def test_hangul_that_macos_took_apart_is_the_same_learner(tmp_path):
    parts = unicodedata.normalize("NFD", "홍길동")
    source = zipped(tmp_path / "b.zip", [f"{parts}/{NAME}", "홍길동/05_submit_and_run.ipynb"])
    submissions = found(source, tmp_path).submissions
    assert [(s.learner, s.lesson) for s in submissions] == [("홍길동", "04"), ("홍길동", "05")]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_zip_inside_is_opened_where_it_lies(tmp_path, kind):
    inner = zipped(tmp_path / "inner.zip", [f"homework/{NAME}"]).read_bytes()
    if kind == "zip":
        source = tmp_path / "b.zip"
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("kim/homework.zip", inner)
            archive.writestr("lee.zip", inner)
    else:
        source = folder(tmp_path / "in", {})
        (source / "kim").mkdir(parents=True)
        (source / "kim" / "homework.zip").write_bytes(inner)
        (source / "lee.zip").write_bytes(inner)
    submissions = found(source, tmp_path).submissions
    assert [(s.learner, s.lesson, bool(s.refusal)) for s in submissions] == [
        ("kim", "04", False),
        ("lee", "04", False),
    ]


def test_a_file_named_for_somebody_else_does_not_take_their_place(tmp_path):
    names = [f"kim/leeho_123_456_{NAME}", f"leeho/{NAME}"]
    submissions = found(folder(tmp_path / "in", names), tmp_path).submissions
    assert {s.learner: s.file for s in submissions} == {"kim": names[0], "leeho": names[1]}


def test_what_the_platform_calls_late_is_noted(tmp_path):
    names = [f"kimmin_LATE_123_456_{NAME}", f"leeho_124_457_{NAME}"]
    submissions = found(folder(tmp_path / "in", names), tmp_path).submissions
    assert {s.learner: s.notes for s in submissions} == {
        "kimmin": ("late, says the learning platform",),
        "leeho": (),
    }
