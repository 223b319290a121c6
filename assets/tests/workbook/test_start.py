"""A learner's working copy: made once, added to, never overwritten; in English or in Korean."""

from __future__ import annotations

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from workbook.__main__ import main
from workbook.language import ENGLISH, KOREAN, speak
from workbook.paths import REPOSITORY
from workbook.start import (
    StartError,
    copy_lessons,
    lab_command,
    lab_environment,
    reset,
    working_copy,
)


def lesson(source: str = "1 + 1", folders_up: int = 1) -> nbformat.NotebookNode:
    cell = new_code_cell(source, id="sum", execution_count=1)
    cell.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    address = "../" * folders_up + "assets/img/way.svg"
    figure = new_markdown_cell(f"![What it shows]({address})", id="figure")
    return new_notebook(cells=[figure, cell])


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    (root / "notebooks").mkdir(parents=True)
    (root / "assets" / "img").mkdir(parents=True)
    (root / "assets" / "img" / "way.svg").write_text("<svg/>")
    for name in ("00_start_here", "04_compile"):
        nbformat.write(lesson(), root / "notebooks" / f"{name}.ipynb")
    return root


@pytest.fixture
def in_korean(repository):
    """The repository with a Korean edition of one lesson; afterwards messages are English again."""
    (repository / "notebooks" / "ko").mkdir()
    korean = lesson("1 + 1  # ko", folders_up=2)
    nbformat.write(korean, repository / "notebooks" / "ko" / "04_compile.ipynb")
    yield repository
    speak(ENGLISH)


def edit(path, source):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = source
    nbformat.write(notebook, path)


def source_of(path):
    return nbformat.read(path, as_version=4).cells[1].source


def test_a_copy_has_every_lesson_without_outputs_and_with_its_figures(repository, tmp_path):
    folder = tmp_path / "mine"
    assert copy_lessons(folder, repository) == []
    assert sorted(path.name for path in folder.glob("*.ipynb")) == [
        "00_start_here.ipynb",
        "04_compile.ipynb",
    ]
    notebook = nbformat.read(folder / "04_compile.ipynb", as_version=4)
    assert notebook.cells[1].outputs == []
    assert "(img/way.svg)" in notebook.cells[0].source
    assert (folder / "img" / "way.svg").exists()


def test_a_second_start_overwrites_nothing_and_brings_what_is_new(repository, tmp_path):
    folder = tmp_path / "mine"
    copy_lessons(folder, repository)
    edit(folder / "04_compile.ipynb", "my work")
    nbformat.write(lesson(), repository / "notebooks" / "05_submit.ipynb")
    assert copy_lessons(folder, repository) == []
    assert source_of(folder / "04_compile.ipynb") == "my work"
    assert (folder / "05_submit.ipynb").exists()


def test_a_new_edition_is_told_and_the_learners_is_kept(repository, tmp_path):
    folder = tmp_path / "mine"
    copy_lessons(folder, repository)
    edit(folder / "04_compile.ipynb", "my work")
    edit(repository / "notebooks" / "04_compile.ipynb", "1 + 2")
    (note,) = copy_lessons(folder, repository)
    assert "04_compile.ipynb has a new edition" in note
    assert note.endswith(f"/workbook reset 04 {folder}")
    assert source_of(folder / "04_compile.ipynb") == "my work"


def opened(path):
    """As JupyterLab writes what it has only opened: other metadata, the keys in another order."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7"}
    nbformat.write(notebook, path)


def run(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].execution_count = 1
    nbformat.write(notebook, path)


@pytest.mark.parametrize(("done", "comes_anew"), [(opened, True), (run, False)])
def test_only_a_copy_that_was_opened_at_most_gets_a_new_edition(
    repository, tmp_path, done, comes_anew
):
    folder = tmp_path / "mine"
    copy_lessons(folder, repository)
    done(folder / "04_compile.ipynb")
    edit(repository / "notebooks" / "04_compile.ipynb", "1 + 2")
    notes = copy_lessons(folder, repository)
    assert (source_of(folder / "04_compile.ipynb") == "1 + 2") is comes_anew
    assert (notes == []) is comes_anew


def test_a_copy_that_is_no_notebook_any_more_is_kept(repository, tmp_path):
    copy_lessons(tmp_path, repository)
    (tmp_path / "04_compile.ipynb").write_text("my notes")
    edit(repository / "notebooks" / "04_compile.ipynb", "1 + 2")
    assert len(copy_lessons(tmp_path, repository)) == 1
    assert (tmp_path / "04_compile.ipynb").read_text() == "my notes"


def test_news_is_the_page_that_opens_and_goes_with_the_reset_that_it_names(repository, tmp_path):
    folder = tmp_path / "mine"
    copy_lessons(folder, repository)
    edit(folder / "04_compile.ipynb", "my work")
    edit(repository / "notebooks" / "04_compile.ipynb", "1 + 2")
    (note,) = copy_lessons(folder, repository)
    (page,) = nbformat.read(folder / "news.ipynb", as_version=4).cells
    assert note in page.source
    assert "--LabApp.default_url=/lab/tree/news.ipynb" in lab_command(folder, repository)
    reset("04", folder, repository)
    assert copy_lessons(folder, repository) == []
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in lab_command(folder, repository)


def test_jupyterlab_is_told_not_to_ask_about_its_own_news(monkeypatch):
    from jupyterlab_server.config import get_static_page_config

    for name, value in lab_environment({"JUPYTER_CONFIG_PATH": "/elsewhere"}).items():
        monkeypatch.setenv(name, value)
    config = get_static_page_config(level="all")
    assert config["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
    assert os.environ["JUPYTER_CONFIG_PATH"].endswith(":/elsewhere")


def test_reset_restores_one_lesson_and_keeps_every_earlier_copy(repository, tmp_path):
    folder = tmp_path / "mine"
    copy_lessons(folder, repository)
    for work in ("first", "second"):
        edit(folder / "04_compile.ipynb", work)
        kept = reset("04", folder, repository)
        assert source_of(kept) == work
    assert source_of(folder / "04_compile.ipynb") == "1 + 1"
    assert len(list(folder.glob("04_compile.kept-*.ipynb"))) == 2
    assert copy_lessons(folder, repository) == []


def test_reset_of_a_lesson_that_does_not_exist_says_which_do(repository, tmp_path):
    with pytest.raises(StartError, match="no lesson 99; there are 00, 04"):
        reset("99", tmp_path, repository)


def test_a_folder_that_cannot_be_made_is_a_sentence(repository, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="can't be used"):
        copy_lessons(tmp_path / "file" / "mine", repository)


def test_jupyterlab_opens_the_first_lesson_and_shows_the_repository(repository):
    copy_lessons(repository / "my-notebooks", repository)
    command = lab_command(repository / "my-notebooks", repository)
    assert f"--ServerApp.root_dir={repository}" in command
    assert "--LabApp.default_url=/lab/tree/my-notebooks/00_start_here.ipynb" in command


def test_elsewhere_jupyterlab_shows_the_learners_folder(repository, tmp_path):
    copy_lessons(tmp_path / "mine", repository)
    command = lab_command(tmp_path / "mine", repository)
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in command
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command


@pytest.mark.parametrize(
    ("asked", "language", "folder"),
    [
        (None, ENGLISH, REPOSITORY / "my-notebooks"),
        (None, KOREAN, REPOSITORY / "my-notebooks" / "ko"),
        ("mine", ENGLISH, "mine"),
        ("mine", KOREAN, "mine/ko"),
        ("ko", KOREAN, "ko"),
    ],
)
def test_korean_lessons_lie_in_a_folder_called_ko(tmp_path, asked, language, folder):
    asked = asked and tmp_path / asked
    assert working_copy(asked, language) == tmp_path / folder


def test_each_edition_is_copied_alone(in_korean, tmp_path):
    copy_lessons(tmp_path / "mine", in_korean)
    assert not (tmp_path / "mine" / "ko").exists()
    folder = working_copy(tmp_path / "mine", KOREAN)
    assert copy_lessons(folder, in_korean, KOREAN) == []
    assert [path.name for path in folder.glob("*.ipynb")] == ["04_compile.ipynb"]
    notebook = nbformat.read(folder / "04_compile.ipynb", as_version=4)
    assert notebook.cells[1].source == "1 + 1  # ko"
    assert notebook.cells[1].outputs == []
    assert "(img/way.svg)" in notebook.cells[0].source
    assert (folder / "img" / "way.svg").exists()
    assert source_of(tmp_path / "mine" / "04_compile.ipynb") == "1 + 1"


def test_a_new_korean_edition_is_told_with_the_command_that_gets_it(in_korean, tmp_path):
    folder = working_copy(tmp_path, KOREAN)
    copy_lessons(folder, in_korean, KOREAN)
    edit(folder / "04_compile.ipynb", "my work")
    edit(in_korean / "notebooks" / "ko" / "04_compile.ipynb", "1 + 2")
    (note,) = copy_lessons(folder, in_korean, KOREAN)
    assert note.endswith(f"/workbook reset 04 {folder} --lang ko")


def test_reset_in_korean_restores_the_korean_lesson_and_knows_only_those(in_korean, tmp_path):
    folder = working_copy(tmp_path, KOREAN)
    copy_lessons(folder, in_korean, KOREAN)
    edit(folder / "04_compile.ipynb", "my work")
    assert source_of(reset("04", folder, in_korean, KOREAN)) == "my work"
    assert source_of(folder / "04_compile.ipynb") == "1 + 1  # ko"
    with pytest.raises(StartError, match="no lesson 00; there are 04"):
        reset("00", folder, in_korean, KOREAN)


def test_the_commands_speak_the_language_of_the_edition(in_korean, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NB_PREFIX", "/notebook/me/server")  # there no JupyterLab is started
    assert main(["start", str(tmp_path), "--lang", "ko"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"실습 폴더: {tmp_path / 'ko'}",
        "이 노트북 서버의 JupyterLab에서 여세요.",
    ]
    assert main(["reset", "04", str(tmp_path), "--lang", "ko"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "실습 04번을 처음 상태로 되돌렸습니다.",
        "지금까지의 노트북은 04_compile_and_inspect.kept-1.ipynb에 남겨 두었습니다",
    ]
    assert (tmp_path / "ko" / "04_compile_and_inspect.ipynb").exists()


def test_jupyterlab_opens_the_first_korean_lesson(in_korean):
    folder = working_copy(in_korean / "my-notebooks", KOREAN)
    copy_lessons(folder, in_korean, KOREAN)
    command = lab_command(folder, in_korean)
    assert "--LabApp.default_url=/lab/tree/my-notebooks/ko/04_compile.ipynb" in command


def test_a_python_that_kfp_does_not_know_is_named_before_anything_is_copied(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("workbook.kernel.environment.PYTHONS", ((3, 5), (3, 6)))
    folder = tmp_path / "mine"
    assert main(["start", str(folder)]) == 2
    assert "This is Python 3." in capsys.readouterr().err
    assert not folder.exists()
