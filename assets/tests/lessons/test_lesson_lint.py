"""Each rule of the lint, on a small lesson that keeps every rule and on changes that break one."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tests.support.lessons import lint
from tests.support.lessons.prose import Lesson

TITLE = """\
# The compiler writes a Workflow

**What you will do.** Compile, in about 30 minutes.

## What you will be able to do
- compile a pipeline (exercise 04-1)
- read the order off `dag.tasks` (exercises 04-2, 04-3)

## What you need
Lesson 03.
"""
FIGURE = """\
## What's in a Pod? The DAG's two tasks and `kfp.Client`

![Two boxes, add and subtract, with an arrow each to multiply.](figure.svg)
<img src="figure.svg" alt="The same graph: add and subtract, then multiply.">
"""
ENDING = """\
## Recap
- You compiled.
- You read.

## Quiz
1. How many?
   - a: one
   - b: two
2. Which?
3. Why?

**Next.** Lesson 05.
"""


def good_lesson(folder: Path) -> Lesson:
    (folder / "figure.svg").touch()
    cells = [
        new_markdown_cell(TITLE, id="title"),
        new_code_cell("import workbook\nfrom workbook import check", id="import-workbook"),
        new_code_cell("n = 2", id="settings", metadata={"tags": ["parameters"]}),
        new_markdown_cell(FIGURE, id="graph"),
    ]
    for name in ("04-1", "04-2", "04-3"):
        heading = f"### Exercise {name}: read the order off the graph"
        cells.append(new_markdown_cell(heading, id=f"exercise-{name}-text"))
        code = f'# your code here\nanswer = ...\ncheck("{name}", answer)'
        cells.append(new_code_cell(code, id=f"exercise-{name}"))
    cells.append(new_markdown_cell(ENDING, id="ending"))
    cells.append(new_code_cell('quiz = ...\ncheck("04-quiz", quiz)', id="quiz"))
    return Lesson(folder / "04_compile.ipynb", new_notebook(cells=cells))


def cell(lesson, cell_id):
    return next(cell for cell in lesson.notebook.cells if cell.id == cell_id)


def replace(cell_id, old, new):
    def change(lesson):
        assert old in cell(lesson, cell_id).source
        cell(lesson, cell_id).source = cell(lesson, cell_id).source.replace(old, new)

    return change


def tag(cell_id, name, source=None):
    def change(lesson):
        cell(lesson, cell_id).metadata.setdefault("tags", []).append(name)
        cell(lesson, cell_id).source = source or cell(lesson, cell_id).source

    return change


def rename(cell_id, new):
    return lambda lesson: cell(lesson, cell_id).update(id=new)


def heading(text):
    return replace("graph", FIGURE.splitlines()[0], text)


def code(text):
    return lambda lesson: cell(lesson, "settings").update(source=text)


def remove(cell_id):
    return lambda lesson: lesson.notebook.cells.remove(cell(lesson, cell_id))


# rule, change to the good lesson, what a finding says
BREAKS = [
    (lint.cell_ids_are_words, rename("graph", "title"), "cell title: 2 cells have it"),
    (lint.cell_ids_are_words, rename("graph", "Graph"), "cell Graph: an id is small"),
    (lint.cell_ids_are_words, rename("graph", "two_words"), "cell two_words: an id is small"),
    (lint.cell_ids_are_words, rename("graph", "a1b2c3d4"), "cell a1b2c3d4: an id says"),
    (lint.cell_ids_are_words, rename("graph", "4-graph"), "cell 4-graph: an id is small"),
    (lint.code_cells_are_short, code("n = 1\n" * 26), "cell settings: 26 lines"),
    (lint.code_is_ascii, code("'\ud55c\uad6d'"), "cell settings: code that is not ASCII"),
    (lint.one_code_cell_has_the_parameters, tag("graph", "parameters"), "found: settings, graph"),
    (lint.one_code_cell_has_the_parameters, remove("settings"), "found: none"),
    (lint.no_tag_hides_a_failure, tag("settings", "raises-exception"), "cell settings: with the"),
    (lint.no_tag_hides_a_failure, tag("settings", "skip-execution"), "cell settings: with the"),
    (
        lint.ignored_output_says_why,
        tag("exercise-04-1", "nbval-ignore-output"),
        "cell exercise-04-1: a comment says why",
    ),
    (
        lint.ignored_output_says_why,
        tag("settings", "nbval-ignore-output", "### BEGIN SOLUTION\n#| a b c d\n#\nx = 1"),
        "cell settings: a comment says why",
    ),
    (lint.nothing_is_installed, code("%pip install x"), "cell settings: requirements.txt"),
    (lint.nothing_is_installed, code("  !pip3 install x"), "cell settings: requirements.txt"),
    (lint.nothing_is_installed, code("!{python} -m pip install x"), "cell settings: requirem"),
    (lint.nothing_is_installed, code("!!conda install x"), "cell settings: requirements.txt"),
    (lint.first_code_cell_imports_workbook, remove("import-workbook"), "the first code cell"),
    (
        lint.first_code_cell_imports_workbook,
        lambda lesson: cell(lesson, "import-workbook").update(source="# import workbook"),
        "the first code cell",
    ),
    (
        lint.headings_step_by_one_from_one_title,
        heading("# Another title"),
        "one heading of level 1, not 2",
    ),
    (
        lint.headings_step_by_one_from_one_title,
        heading("#### Deep"),
        "cell graph: a heading of level 4 comes after level 2",
    ),
    (lint.headings_step_by_one_from_one_title, remove("title"), "one heading of level 1, not 0"),
    (lint.headings_are_in_sentence_case, heading("## The Graph"), "not 'Graph', in 'The Graph'"),
    (lint.headings_are_in_sentence_case, heading("## the graph"), "not 'the'"),
    (lint.headings_are_in_sentence_case, heading("## 4. the graph"), "not 'the'"),
    (lint.headings_are_in_sentence_case, heading("## Look: The graph"), "not 'The'"),
    (lint.headings_are_in_sentence_case, heading("## THE graph"), "not 'THE'"),
    (lint.headings_are_in_sentence_case, heading("## A **Second** one-Off"), "not 'Second one-Off"),
    (lint.headings_are_in_sentence_case, heading("## `kfp` Is a name"), "not 'Is'"),
    (lint.headings_are_in_sentence_case, heading("Title Case\n---"), "not 'Case'"),
    (
        lint.skeleton_is_complete,
        lambda lesson: lesson.notebook.cells.insert(0, lesson.notebook.cells.pop(1)),
        "the first cell begins with the title",
    ),
    (
        lint.skeleton_is_complete,
        replace("title", "# The", "Hello.\n\n# The"),
        "the first cell begins with the title",
    ),
    (lint.skeleton_is_complete, replace("title", "## What you need", ""), "after the title come"),
    (
        lint.skeleton_is_complete,
        replace("title", "**What you will do.**", "## Why\n\n**What you will do.**"),
        "after the title come",
    ),
    (lint.skeleton_is_complete, replace("ending", "**Next.**", "After this:"), "the last sections"),
    (lint.skeleton_is_complete, replace("ending", "Recap", "Summary"), "the last sections"),
    (
        lint.skeleton_is_complete,
        replace("ending", "Lesson 05.", "Lesson 05.\n\n## More"),
        "the last sections",
    ),
    (lint.skeleton_is_complete, heading("## Quiz"), "more than one section 'Quiz'"),
    (lint.skeleton_is_complete, replace("title", "Lesson 03.", ""), "'What you need' is empty"),
    (lint.skeleton_is_complete, replace("ending", " Lesson 05.", ""), "'Next' is empty"),
    (lint.skeleton_is_complete, replace("title", "30 minutes", "a while"), "how many minutes"),
    (lint.quiz_has_three_questions, replace("ending", "3. Why?", ""), "not 2 of 2"),
    (lint.quiz_has_three_questions, replace("ending", "3. Why?", "3. Why."), "not 2 of 3"),
    (lint.quiz_has_three_questions, replace("ending", "3. Why?", "3. Why?\n4. When?"), "not 4 of"),
    (lint.quiz_is_checked, remove("quiz"), 'no code cell has check("04-quiz", ...)'),
    (lint.quiz_is_checked, replace("quiz", "04-quiz", "03-quiz"), 'has check("04-quiz", ...)'),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        remove("exercise-04-2-text"),
        "cell exercise-04-2: exercise 04-2 has no heading",
    ),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        replace("exercise-04-2-text", "###", "##"),
        "cell exercise-04-2: exercise 04-2 has no heading",
    ),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        replace("exercise-04-2", "check(", "print("),
        'cell exercise-04-2-text: no code cell has check("04-2", ...)',
    ),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        replace("exercise-04-2", "04-2", "04-1"),
        "at least 3 exercises, not 2",
    ),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        replace("exercise-04-2", "04-2", "03-2"),
        "cell exercise-04-2: an exercise of this lesson is called 04-n, not '03-2'",
    ),
    (
        lint.every_exercise_has_a_heading_and_a_check,
        replace("exercise-04-2-text", "04-2", "4.2"),
        "cell exercise-04-2-text: an exercise of this lesson is called 04-n, not '4.2'",
    ),
    (
        lint.every_objective_names_its_exercise,
        replace("title", " (exercise 04-1)", ""),
        "'compile a pipeline' names no exercise",
    ),
    (
        lint.every_objective_names_its_exercise,
        replace("title", "04-3)", "04-4)"),
        "names exercise 04-4, which does not exist",
    ),
    (
        lint.every_objective_names_its_exercise,
        replace("title", "- ", "\n"),
        "'What you will be able to do' is a list",
    ),
    (
        lint.recap_answers_the_objectives,
        replace("ending", "- You read.", "- You read.\n- You drew."),
        "3 bullets for 2 objectives",
    ),
    (
        lint.figures_exist_and_are_described,
        replace("graph", "(figure.svg)", "(other.svg)"),
        "the figure other.svg is no file",
    ),
    (
        lint.figures_exist_and_are_described,
        replace("graph", 'src="figure.svg"', 'src="https://example.org/figure.svg"'),
        "the figure https://example.org/figure.svg is no file",
    ),
    (
        lint.figures_exist_and_are_described,
        replace("graph", "Two boxes, add and subtract, with an arrow each to multiply.", "Graph"),
        "the alt text of figure.svg",
    ),
    (
        lint.figures_exist_and_are_described,
        replace("graph", "Two boxes, add", "Screenshot of two boxes, add"),
        "the alt text of figure.svg",
    ),
    (
        lint.figures_exist_and_are_described,
        replace(
            "graph", "The same graph: add and subtract, then multiply.", "a_very_long_name.svg"
        ),
        "the alt text of figure.svg",
    ),
]

RULES = {
    rule
    for name, rule in vars(lint).items()
    if inspect.isfunction(rule) and rule.__module__ == lint.__name__ and not name.startswith("_")
}


@pytest.mark.parametrize("rule", sorted(RULES, key=lambda rule: rule.__name__))
def test_a_rule_finds_nothing_in_a_lesson_that_keeps_it(rule, tmp_path):
    assert rule(good_lesson(tmp_path)) == []


@pytest.mark.parametrize(("rule", "change", "message"), BREAKS)
def test_a_rule_finds_what_breaks_it(rule, change, message, tmp_path):
    lesson = good_lesson(tmp_path)
    change(lesson)
    assert [finding for finding in rule(lesson) if message in finding] != [], rule(lesson)


@pytest.mark.parametrize(
    "name",
    ["4_compile.ipynb", "04-compile.ipynb", "04_Compile.ipynb", "04_a-Copy1.ipynb", "04_.ipynb"],
)
def test_a_file_name_that_is_not_a_number_and_words_is_found(name, tmp_path):
    lesson = Lesson(tmp_path / name, good_lesson(tmp_path).notebook)
    assert lint.file_name_has_the_pattern(lesson) != []


def of_part_two(folder: Path) -> Lesson:
    lesson = good_lesson(folder)
    for one in lesson.notebook.cells:
        one.source = one.source.replace("04-", "06-")
    return Lesson(folder / "06_compile.ipynb", lesson.notebook)


def test_in_part_two_a_lesson_has_an_exercise_more(tmp_path):
    lesson = of_part_two(tmp_path)
    findings = lint.every_exercise_has_a_heading_and_a_check(lesson)
    assert findings == ["this lesson has at least 4 exercises, not 3"]
    heading = new_markdown_cell("### Exercise 06-4: draw it", id="exercise-four-text")
    fourth = new_code_cell('check("06-4", ...)', id="exercise-four")
    lesson.notebook.cells += [heading, fourth]
    assert lint.every_exercise_has_a_heading_and_a_check(lesson) == []


def test_every_rule_has_a_case_that_breaks_it():
    elsewhere = {lint.file_name_has_the_pattern}
    assert {rule for rule, _change, _message in BREAKS} | elsewhere == RULES


# rule, change that comes near to breaking it
KEEPS = [
    (lint.code_cells_are_short, code("n = 1\n" * 25)),
    (lint.code_is_ascii, tag("settings", "non-ascii", "'\ud55c\uad6d'")),
    (lint.code_is_ascii, replace("title", "Lesson 03", "Lesson 03 \u2014 \ud55c\uad6d")),
    (
        lint.ignored_output_says_why,
        tag("settings", "nbval-ignore-output", "# the times differ in every run\n1"),
    ),
    (lint.nothing_is_installed, code("pip = 1\nprint('!pip')")),
    (lint.headings_are_in_sentence_case, heading("## 04 \u2013 Pods and DAGs? Ask Argo")),
    (lint.headings_are_in_sentence_case, heading("## DAG-shaped: a Kubeflow/Argo's view")),
    (lint.headings_are_in_sentence_case, heading("## Port-forward a UTF-8 file")),
    (lint.headings_are_in_sentence_case, heading("## A `CamelCase` name")),
    (lint.skeleton_is_complete, heading("### Quiz time")),
    (
        lint.figures_exist_and_are_described,
        lambda lesson: cell(lesson, "settings").update(source="![](none.svg)"),
    ),
]


@pytest.mark.parametrize(("rule", "change"), KEEPS)
def test_a_rule_lets_pass_what_it_allows(rule, change, tmp_path):
    lesson = good_lesson(tmp_path)
    change(lesson)
    assert rule(lesson) == []
