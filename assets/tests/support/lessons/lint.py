"""What every lesson keeps to. A rule takes a lesson and returns its findings, one sentence each.

Pure, but for asking whether the file of a figure exists.
"""

from __future__ import annotations

import re
from collections import Counter

from nbformat import NotebookNode
from tests.support.lessons.prose import (
    CLOSING,
    OPENING,
    Lesson,
    Token,
    blocks,
    bullets,
    figures,
    headings,
    label,
    level,
    numbered,
    plain_text,
    section,
    walk,
)
from workbook.authoring.derive import PROMPT, tags

MAX_LINES = 25
MIN_EXERCISES = 3
PART_TWO = "06"  # from here on a lesson has one exercise more
QUESTIONS = 3
MIN_ALT_LENGTH = 20

# what keeps its capitals inside a heading; a name that is code stands in backticks instead
PROPER_NAMES = frozenset(
    "API Argo CI CLI CPU CRD DAG Docker Git GitHub HTML HTTP I ID JSON Jupyter JupyterLab KFP"
    " Korean Kubeflow Kubernetes Linux Markdown MinIO MySQL Pipelines Pod PyYAML Python RAM REST"
    " SDK SQL SQLite UI URL UTF Workflow WSL2 YAML".split(" ")
)

FILE_NAME = re.compile(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*\.ipynb")
CELL_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LETTER_WORD = re.compile(r"[a-z]{2,}")
HIDING_TAGS = ("raises-exception", "skip-execution", "nbval-raises-exception", "nbval-skip")
COMMENT = re.compile(r"^[ \t]*# *([^#|\s].*)$", re.MULTILINE)  # neither a marker nor a scaffold
INSTALL = re.compile(r"^\s*[%!].*\b(pip3?|conda|mamba|uv)\b", re.MULTILINE)
IMPORT_WORKBOOK = re.compile(r"^(import workbook\b|from workbook import )", re.MULTILINE)
MINUTES = re.compile(r"\b\d+ minutes\b")
EXERCISE_HEADING = re.compile(r"Exercise (\S+): \S")
EXERCISE_REFERENCE = re.compile(r"\(exercises? ([^)]*)\)")
EXERCISE_ID = re.compile(r"\b\d\d-\d+\b")
CHECK = re.compile(r"""\bcheck\(\s*["']([^"']*)["']""")
GENERIC_ALT = re.compile(r"((an? |the )?(image|figure|picture|photo|screenshot) of\b|\S+$)", re.I)


# ------------------------------------------------------------------------------ names, cells, tags


def file_name_has_the_pattern(lesson: Lesson) -> list[str]:
    if FILE_NAME.fullmatch(lesson.path.name):
        return []
    return [f"{lesson.path.name}: a lesson is named NN_name.ipynb, in small letters"]


def cell_ids_are_words(lesson: Lesson) -> list[str]:
    uses = Counter(cell.id for cell in lesson.notebook.cells)
    findings = [f"cell {cell}: {count} cells have it" for cell, count in uses.items() if count > 1]
    for cell in uses:
        if not CELL_ID.fullmatch(cell):
            findings.append(f"cell {cell}: an id is small letters and digits, joined by hyphens")
        elif not any(LETTER_WORD.fullmatch(part) for part in cell.split("-")):
            findings.append(f"cell {cell}: an id says what the cell does, in words")
    return findings


def code_cells_are_short(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell.id}: {lines} lines of code; at most {MAX_LINES}"
        for cell in _code(lesson)
        if (lines := len(cell.source.splitlines())) > MAX_LINES
    ]


def code_is_ascii(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell.id}: code that is not ASCII needs the tag non-ascii"
        for cell in _code(lesson)
        if not cell.source.isascii() and "non-ascii" not in tags(cell)
    ]


def one_code_cell_has_the_parameters(lesson: Lesson) -> list[str]:
    tagged = [cell for cell in lesson.notebook.cells if "parameters" in tags(cell)]
    if [cell.cell_type for cell in tagged] == ["code"]:
        return []
    found = ", ".join(cell.id for cell in tagged) or "none"
    return [f"exactly one code cell is tagged parameters; found: {found}"]


def no_tag_hides_a_failure(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell.id}: with the tag {tag} a test can't fail here"
        for cell in lesson.notebook.cells
        for tag in HIDING_TAGS
        if tag in tags(cell)
    ]


def ignored_output_says_why(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell.id}: a comment says why nbval ignores the output"
        for cell in lesson.notebook.cells
        if "nbval-ignore-output" in tags(cell)
        and not any(
            len(comment.split()) >= 3
            for comment in COMMENT.findall(cell.source.replace(PROMPT, ""))
        )
    ]


def nothing_is_installed(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell.id}: requirements.txt installs, a lesson does not"
        for cell in _code(lesson)
        if INSTALL.search(cell.source)
    ]


def first_code_cell_imports_workbook(lesson: Lesson) -> list[str]:
    code = _code(lesson)
    if code and IMPORT_WORKBOOK.search(code[0].source):
        return []
    return ["the first code cell imports workbook, which puts this kernel's programs on PATH"]


# ------------------------------------------------------------------------------ headings, skeleton


def headings_step_by_one_from_one_title(lesson: Lesson) -> list[str]:
    findings, last = [], 0
    levels = [(cell, level(token)) for cell, token in headings(lesson)]
    for cell, found in levels:
        if found > last + 1:
            findings.append(f"cell {cell}: a heading of level {found} comes after level {last}")
        last = found
    titles = sum(found == 1 for _cell, found in levels)
    if titles != 1:
        findings.append(f"a lesson has one heading of level 1, not {titles}")
    return findings


def headings_are_in_sentence_case(lesson: Lesson) -> list[str]:
    return [
        f"cell {cell}: sentence case, not {' '.join(wrong)!r}, in {plain_text(token)!r}"
        for cell, token in headings(lesson)
        if (wrong := _words_not_in_sentence_case(token))
    ]


def skeleton_is_complete(lesson: Lesson) -> list[str]:
    findings = []
    prose = list(blocks(lesson))
    if not prose or prose[0][0] != lesson.notebook.cells[0].id or level(prose[0][1]) != 1:
        findings.append("the first cell begins with the title, a heading of level 1")
    sections = [label(token) or "" for _cell, token in prose if label(token) or level(token) == 2]
    if tuple(sections[: len(OPENING)]) != OPENING:
        findings.append(f"after the title come {', '.join(OPENING)}, before any other section")
    if tuple(sections[-len(CLOSING) :]) != CLOSING:
        findings.append(f"the last sections are {', '.join(CLOSING)}")
    for name in OPENING + CLOSING:
        if sections.count(name) > 1:
            findings.append(f"there is more than one section {name!r}")
        if not section(lesson, name):
            findings.append(f"the section {name!r} is empty")
    if not any(MINUTES.search(plain_text(token)) for token in section(lesson, OPENING[0])):
        findings.append(f"{OPENING[0]!r} says how many minutes, like: about 30 minutes")
    return findings


def quiz_has_three_questions(lesson: Lesson) -> list[str]:
    items = numbered(lesson, "Quiz")
    asked = sum("?" in plain_text(item) for item in items)
    if asked == len(items) == QUESTIONS:
        return []
    return [f"the quiz is a numbered list of {QUESTIONS} questions, not {asked} of {len(items)}"]


def quiz_is_checked(lesson: Lesson) -> list[str]:
    name = f"{lesson.number}-quiz"
    return [] if name in _checks(lesson) else [f'no code cell has check("{name}", ...)']


# -------------------------------------------------------------------------- exercises, objectives


def every_exercise_has_a_heading_and_a_check(lesson: Lesson) -> list[str]:
    checks = _checks(lesson)
    checks.pop(f"{lesson.number}-quiz", None)  # the section is its heading
    headed = _exercise_headings(lesson)
    findings = [
        f"cell {cell}: an exercise of this lesson is called {lesson.number}-n, not {name!r}"
        for name, cell in (headed | checks).items()
        if not re.fullmatch(lesson.number + r"-\d+", name)
    ]
    findings += [
        f"cell {cell}: exercise {name} has no heading '### Exercise {name}: ...'"
        for name, cell in checks.items()
        if name not in headed
    ]
    findings += [
        f'cell {cell}: no code cell has check("{name}", ...)'
        for name, cell in headed.items()
        if name not in checks
    ]
    least = MIN_EXERCISES + (lesson.number >= PART_TWO)
    if len(checks) < least:
        findings.append(f"this lesson has at least {least} exercises, not {len(checks)}")
    return findings


def every_objective_names_its_exercise(lesson: Lesson) -> list[str]:
    objectives = [plain_text(bullet) for bullet in bullets(lesson, OPENING[1])]
    if not objectives:
        return [f"{OPENING[1]!r} is a list with bullets"]
    headed = _exercise_headings(lesson)
    findings = []
    for objective in objectives:
        reference = EXERCISE_REFERENCE.search(objective)
        named = EXERCISE_ID.findall(reference[1]) if reference else []
        if not named:
            findings.append(f"{objective!r} names no exercise, like: (exercise 04-2)")
        findings += [
            f"{objective!r} names exercise {name}, which does not exist"
            for name in named
            if name not in headed
        ]
    return findings


def recap_answers_the_objectives(lesson: Lesson) -> list[str]:
    answers, objectives = len(bullets(lesson, "Recap")), len(bullets(lesson, OPENING[1]))
    if answers == objectives:
        return []
    return [f"the recap has {answers} bullets for {objectives} objectives"]


# ---------------------------------------------------------------------------------------- figures


def figures_exist_and_are_described(lesson: Lesson) -> list[str]:
    findings = []
    for cell, address, alt in figures(lesson):
        if "://" in address or not (lesson.path.parent / address).is_file():
            findings.append(f"cell {cell}: the figure {address} is no file of this project")
        if len(alt) < MIN_ALT_LENGTH or GENERIC_ALT.match(alt):
            findings.append(f"cell {cell}: the alt text of {address} does not carry its content")
    return findings


# ---------------------------------------------------------------------------------- what they need


def _code(lesson: Lesson) -> list[NotebookNode]:
    return [cell for cell in lesson.notebook.cells if cell.cell_type == "code"]


def _checks(lesson: Lesson) -> dict[str, str]:
    """The id in each `check`, and its cell."""
    return {name: cell.id for cell in _code(lesson) for name in CHECK.findall(cell.source)}


def _exercise_headings(lesson: Lesson) -> dict[str, str]:
    """The id of each exercise that has a heading of level 3, and its cell."""
    return {
        found[1]: cell
        for cell, token in headings(lesson)
        if level(token) == 3 and (found := EXERCISE_HEADING.match(plain_text(token)))
    }


def _words_not_in_sentence_case(heading: Token) -> list[str]:
    wrong = []
    first = True  # of a sentence
    for leaf in walk(heading):
        if leaf["type"] == "codespan":
            first = False
        for word in leaf["raw"].split() if leaf["type"] == "text" else []:
            bare = re.sub("['\u2019]s$", "", word.strip(".,:;?!()\"'\u2018\u2019\u201c\u201d"))
            if any(character.isalpha() for character in bare):
                if not _is_cased(bare, first):
                    wrong.append(word)
                first = False
            first = first or word[-1] in ".?!"
    return wrong


def _is_cased(word: str, first: bool) -> bool:
    parts = re.split("[-/]", word)
    if first and not parts[0][:1].isupper():
        return False
    if first and not _is_proper(parts[0]):
        parts[0] = parts[0].lower() if parts[0].istitle() or len(parts[0]) == 1 else parts[0]
    return all(_is_proper(part) or part == part.lower() for part in parts)


def _is_proper(word: str) -> bool:
    return word in PROPER_NAMES or (len(word) > 2 and word.removesuffix("s") in PROPER_NAMES)
