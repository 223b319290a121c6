"""The capstone's ready-made steps are the solutions, and its table is the one that README names."""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections import Counter
from itertools import product

import nbformat
import pytest
from localkfp.dashboard.views.preview import visualizations
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.judging import find
from workbook.exercises.lesson_10.tables import PIPELINES
from workbook.exercises.model import RIGHT
from workbook.kernel import penguins

(LESSON,) = find_lessons(["10"])
EXERCISE = {"load": 1, "split": 2, "train": 3, "evaluate": 4, "choose": 5, "report": 6, "gate": 8}
TABLES = ("train", "validate", "test")


def solved(name: str) -> str:
    """The tree of a function as the solution of its exercise has it."""
    cells = {cell.id: cell.source for cell in nbformat.read(LESSON.solution, as_version=4).cells}
    tree = ast.parse(cells[f"exercise-10-{EXERCISE[name]}"])
    return ast.unparse(next(node for node in tree.body if isinstance(node, ast.FunctionDef)))


@pytest.mark.parametrize("name", EXERCISE)
def test_a_ready_made_step_is_the_solution_of_its_exercise(name):
    assert ast.unparse(ast.parse(inspect.getsource(getattr(penguins, name)))) == solved(name)


@pytest.mark.parametrize(
    ("exercise_id", "pipeline"), [("10-7", penguins.capstone), ("10-9", penguins.release)]
)
def test_a_ready_made_pipeline_is_a_right_answer(exercise_id, pipeline):
    assert find(EXERCISES[exercise_id], pipeline, {}).verdict == RIGHT


def test_the_cases_of_the_check_tell_every_pair_of_tables_from_the_right_one(tmp_path):
    """A model trained on one table and evaluated on another: in the loop, and after the choice."""
    in_the_loop, after_it = [], []
    for arguments, wanted in PIPELINES:
        text, settings = arguments["table"], arguments["settings"]
        best, accuracy = wanted["best"], wanted["accuracy"]
        scores = all_scores(tmp_path, text, arguments["seed"], settings)
        winners = {pair: max(settings, key=lambda s: scores[s][pair]) for pair in scores[best]}
        in_the_loop.append({pair for pair, winner in winners.items() if winner == best})
        after_it.append({pair for pair, score in scores[best].items() if score == accuracy})
    assert set.intersection(*in_the_loop) == {("train", "validate")}
    assert set.intersection(*after_it) == {("train", "test")}


def all_scores(folder, text, seed, settings):
    """Setting -> (table to train on, table to evaluate on) -> accuracy."""
    (folder / "table").write_text(text)
    penguins.split(folder / "table", seed, *(folder / name for name in TABLES))
    scores = {setting: {} for setting in settings}
    for setting, train, table in product(settings, TABLES, TABLES):
        penguins.train(setting, folder / train, folder / "model")
        accuracy = penguins.evaluate(folder / "model", folder / table, folder / "predictions")
        scores[setting][train, table] = accuracy
    return scores


def test_the_table_is_the_one_whose_source_and_licence_are_stated():
    readme = penguins.CSV.with_name("README.md").read_text("utf-8")
    assert hashlib.sha256(penguins.CSV.read_bytes()).hexdigest() in readme


def test_every_row_of_the_table_lands_in_one_of_the_three_parts(tmp_path):
    penguins.load(penguins.CSV, tmp_path / "table")
    parts = [tmp_path / name for name in ("train", "validate", "test")]
    penguins.split(tmp_path / "table", 1, *parts)
    rows = [row for part in parts for row in part.read_text().splitlines()[1:]]
    assert sorted(rows) == sorted((tmp_path / "table").read_text().splitlines()[1:])


def test_each_part_has_its_share_of_each_species(tmp_path):
    parts = [tmp_path / name for name in TABLES]
    penguins.load(penguins.CSV, tmp_path / "table")
    penguins.split(tmp_path / "table", 1, *parts)
    counts = [Counter(row.partition(",")[0] for row in part.read_text().split()) for part in parts]
    found = {name: [count[name] for count in counts] for name in ("Adelie", "Chinstrap", "Gentoo")}
    assert found == {"Adelie": [90, 30, 31], "Chinstrap": [40, 14, 14], "Gentoo": [73, 25, 25]}


def test_the_dashboard_draws_the_confusion_matrix_whatever_the_species_are_called(tmp_path):
    predictions, metadata = tmp_path / "predictions", tmp_path / "metadata"
    predictions.write_text('species,predicted\n"a<b, c","a<b, c"\n&,"a<b, c"\n')
    penguins.paint(predictions, metadata)
    (shown,) = visualizations(metadata.read_bytes(), {}.get)
    assert (shown.kind, shown.title, shown.note) == ("chart", "Confusion matrix", "")
    assert "1 of 2 are right" in shown.html


def test_the_baseline_says_the_commonest_species_of_every_bird(tmp_path):
    table, model = tmp_path / "table", tmp_path / "model"
    table.write_text("species,wing_mm\nB,1\nA,9\nB,8\nA,2\nC,3\n")
    penguins.baseline(table, model)
    assert penguins.evaluate(model, table, tmp_path / "predictions") == 0.4
    assert "C,A" in (tmp_path / "predictions").read_text()
