"""A learner's working copy: made once, added to, never overwritten."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from workbook.start import StartError, copy_lessons, lab_command, reset


def lesson(source: str = "1 + 1") -> nbformat.NotebookNode:
    cell = new_code_cell(source, id="sum", execution_count=1)
    cell.outputs = [new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    figure = new_markdown_cell("![What it shows](../assets/img/way.svg)", id="figure")
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
    assert "workbook reset 04" in note
    assert source_of(folder / "04_compile.ipynb") == "my work"


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
