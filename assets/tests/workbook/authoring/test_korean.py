"""The parity gate of the Korean edition: drift made on purpose, each kind found, in its cell."""

from __future__ import annotations

import shutil

import nbformat
import pytest
from babel.messages.catalog import Catalog
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from workbook.authoring.derive import derive, unrun
from workbook.authoring.edition import catalog as catalogs
from workbook.authoring.edition import korean
from workbook.authoring.edition.blocks import translated
from workbook.authoring.edition.parity import lost_in_message, lost_in_prose
from workbook.authoring.edition.style import read_glossary, wrong_in_style
from workbook.authoring.lessons import BuildError, Lesson
from workbook.paths import REPOSITORY

PROSE = """\
## Three Pods

Run `add` with {{x}} in **one Pod**, as [lesson 05](05_submit.ipynb) says: 16 comes out.

- the first
- the second

![The Pod of add writes 8 to a file.](../assets/img/way.svg)

```bash
kubectl get pods
```"""
KOREAN = {
    "## Three Pods": "## 파드 세 개",
    "Run `add` with {{x}} in **one Pod**, as [lesson 05](05_submit.ipynb) says: 16 comes out.": (
        "[실습 05](05_submit.ipynb)에서 말한 대로 {{x}}를 넣어 **파드 하나에서** `add`를 "
        "실행하세요. 16이 나옵니다."
    ),
    "- the first\n- the second": "- 첫째\n- 둘째",
    "![The Pod of add writes 8 to a file.](../assets/img/way.svg)": (
        "![add의 파드가 8을 파일에 씁니다.](../assets/img/way.svg)"
    ),
}
PARAGRAPH, LIST = list(KOREAN)[1], list(KOREAN)[2]
FIGURE = list(KOREAN)[3]


@pytest.fixture(autouse=True)
def gate_of_main(monkeypatch):
    """Where nothing may wait for its Korean; a contributor doesn't set this."""
    monkeypatch.setenv("WORKBOOK_KOREAN", "whole")


@pytest.fixture
def lesson(tmp_path) -> Lesson:
    """A lesson in step with its Korean; the notebooks are stored as if they had run."""
    for folder in ("solutions", "notebooks/ko", "assets/locale/ko", "assets/img"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(REPOSITORY / korean.GLOSSARY, tmp_path / korean.GLOSSARY)
    (tmp_path / "assets/img/way.svg").touch()
    (tmp_path / "notebooks/ko/05_submit.ipynb").touch()
    one = Lesson(tmp_path, "04_compile.ipynb")
    code = "### BEGIN SOLUTION\nn = 1\n### END SOLUTION\nprint(n)"
    cells = [new_markdown_cell(PROSE, id="three"), new_code_cell(code, id="count")]
    solution = unrun(new_notebook(cells=cells))
    nbformat.write(solution, one.solution)
    korean.translate(one)
    fill(one, KOREAN)
    derived = translated(derive(solution, "solution"), lambda _cell, block: KOREAN[block])
    derived.cells[1].execution_count = 1
    nbformat.write(derived, korean.notebook_of(one))
    return one


def fill(lesson, texts):
    catalog = catalogs.read(korean.catalog_of(lesson))
    for entry in catalogs.entries(catalog):
        entry.string = texts.get(entry.id, entry.string)
    catalogs.write(korean.catalog_of(lesson), catalog, "Filled by a test.")


def instead(msgid, old, new):
    """The Korean of a block with another text in it."""

    def change(lesson):
        assert old in KOREAN[msgid]
        fill(lesson, {msgid: KOREAN[msgid].replace(old, new)})

    return change


def english(old, new):
    def change(lesson):
        text = lesson.solution.read_text(encoding="utf-8")
        assert old in text
        lesson.solution.write_text(text.replace(old, new), encoding="utf-8")

    return change


def stored(old, new):
    def change(lesson):
        path = korean.notebook_of(lesson)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def update(change):
    """A change of the English after which the catalog was merged, and nothing translated."""

    def both(lesson):
        change(lesson)
        korean.translate(lesson)

    return both


DRIFTS = {
    "a paragraph that was never translated": (
        update(english("- the second", "- the second\\n\\nWhy is that?")),
        "no Korean for 'Why is that?'",
    ),
    "an emptied translation": (lambda one: fill(one, {LIST: ""}), "no Korean for '- the first"),
    "an English text that changed, merged": (
        update(english("Run `add` with", "Start `add` with")),
        "the Korean is marked fuzzy, the English changed: 'Start `add`",
    ),
    "an English text that changed, not merged": (
        english("Run `add` with", "Start `add` with"),
        "a stale entry, the English has no 'Run `add`",
    ),
    "code that differs": (
        stored("print(n)", "print(n + 1)"),
        "cell count: in notebooks/ko/04_compile.ipynb the source differs",
    ),
    "prose edited in the derived notebook": (stored("둘째", "셋째"), "ipynb the source differs"),
    "a cell that is missing": (
        stored('"id": "count"', '"id": "other"'),
        "cell count: in notebooks/ko/04_compile.ipynb the cell is missing",
    ),
    "a word that the edition doesn't write": (
        instead(FIGURE, "8을 파일에 씁니다.", "8을 텍스트로 파일에 씁니다."),
        "'텍스트' is not what we write, but: 문자열 (a str), 소스 코드 (of a function), "
        "in the Korean of '![The Pod of add writes 8 to a file.]",
    ),
    "a notebook that was not run": (
        stored('"execution_count": 1', '"execution_count": null'),
        "cell count: in notebooks/ko/04_compile.ipynb the cell has not been executed",
    ),
    "a link to another lesson": (
        instead(PARAGRAPH, "05_submit", "06_submit"),
        "lost: the link to 05_submit.ipynb",
    ),
    "a lesson that is not there": (
        lambda one: (one.root / "notebooks/ko/05_submit.ipynb").unlink(),
        "the link 05_submit.ipynb leads to no file",
    ),
    "a figure": (instead(FIGURE, "way.svg", "weg.svg"), "lost: the figure ../assets/img/way.svg"),
    "alt text left in English": (
        lambda one: fill(one, {FIGURE: FIGURE}),
        "it is not Korean, in the Korean of '![The Pod",
    ),
    "inline code": (instead(PARAGRAPH, "`add`", "`sum`"), "lost: the code `add`"),
    "a list item": (instead(LIST, "\n- 둘째", ""), "2 in the English, 1 in the Korean: list item"),
    "a heading level": (
        instead("## Three Pods", "##", "###"),
        "lost: a heading of level 2",
    ),
    "bold text that ends before a particle": (
        instead(PARAGRAPH, "**파드 하나에서**", "**파드(하나)**에서"),
        "lost: bold text",
    ),
    "a number": (instead(PARAGRAPH, "16이", "15가"), "lost: the number 16"),
    "a term by another word": (instead("## Three Pods", "파드", "팟"), "not '팟' but '파드'"),
    "a term left out": (instead(PARAGRAPH, "파드 하나", "하나"), "'Pod' is '파드'"),
    "a particle after a Latin word": (
        instead(PARAGRAPH, "`add`를", "`add`을"),
        "after add it is '를'",
    ),
    "a plain ending": (instead(PARAGRAPH, "나옵니다", "나온다"), "'나온다.' is not polite"),
}


def test_a_lesson_in_step_has_no_finding(lesson):
    assert korean.check(lesson) == []


@pytest.mark.parametrize(("change", "message"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_found_and_the_finding_names_the_cell(lesson, change, message):
    change(lesson)
    found = [finding for finding in korean.check(lesson) if message in finding]
    assert found, korean.check(lesson)
    cell = "count" if message.startswith("cell count") else "three"
    assert all(one.startswith(f"solutions/04_compile.ipynb, cell {cell}:") for one in found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: fill(one, {LIST: ""}), "no Korean for '- the first"),
        (update(english("Run `add` with", "Start `add` with")), "the Korean is marked fuzzy"),
    ],
    ids=["without Korean", "fuzzy"],
)
def test_a_contributors_change_may_wait_for_its_korean_and_main_does_not(
    lesson, change, message, monkeypatch
):
    change(lesson)
    assert korean.waiting(lesson) == []
    monkeypatch.delenv("WORKBOOK_KOREAN")
    (waits,) = korean.waiting(lesson)
    assert message in waits
    assert waits in korean.check(lesson)


def test_what_the_catalog_has_not_been_told_does_not_wait(lesson, monkeypatch):
    monkeypatch.delenv("WORKBOOK_KOREAN")
    english("Run `add` with", "Start `add` with")(lesson)
    assert korean.waiting(lesson) == []
    assert korean.check(lesson) != []


def test_a_catalog_with_findings_is_not_built_and_the_stored_lesson_stays(lesson):
    before = korean.notebook_of(lesson).read_bytes()
    fill(lesson, {LIST: ""})
    assert any("no Korean" in finding for finding in korean.build(lesson))
    assert korean.notebook_of(lesson).read_bytes() == before


def test_prose_is_stored_without_running_and_code_that_changed_is_refused(lesson):
    english("- the second", "- the last")(lesson)
    korean.translate(lesson)
    fill(lesson, {"- the first\n- the last": "- 첫째\n- 마지막"})
    catalog = catalogs.read(korean.catalog_of(lesson))
    for entry in catalogs.entries(catalog):
        entry.flags.discard("fuzzy")
        entry.user_comments = []
    catalogs.write(korean.catalog_of(lesson), catalog, "Filled by a test.")
    assert korean.build(lesson, prose=True) == []
    stored_cells = nbformat.read(korean.notebook_of(lesson), as_version=4).cells
    assert "- 마지막" in stored_cells[0].source
    assert stored_cells[1].execution_count == 1
    english("print(n)", "print(n + 1)")(lesson)
    with pytest.raises(BuildError, match="cell count: its code changed; build it without --prose"):
        korean.build(lesson, prose=True)


def test_what_is_merged_keeps_what_fits_and_drops_what_is_gone(lesson):
    english("- the second", "- the third")(lesson)
    progress = korean.translate(lesson)
    assert (progress.all, progress.missing, progress.fuzzy, progress.dropped) == (4, 0, 1, 1)
    catalog = catalogs.read(korean.catalog_of(lesson))
    assert catalog.get(PARAGRAPH, "three").string == KOREAN[PARAGRAPH]
    text = korean.catalog_of(lesson).read_text(encoding="utf-8")
    assert "# was: - the first\n# was: - the second\n#, fuzzy\n" in text
    assert korean.translate(lesson).dropped == 0
    assert korean.catalog_of(lesson).read_text(encoding="utf-8") == text


def test_a_text_that_moved_to_another_cell_keeps_its_korean():
    old, wanted = Catalog(), Catalog()
    old.add("## Quiz", "## 퀴즈", context="recap")
    wanted.add("## Quiz", context="quiz")
    (entry,) = catalogs.entries(catalogs.merge(old, wanted))
    assert (entry.context, entry.string, entry.fuzzy) == ("quiz", "## 퀴즈", False)


def test_a_derived_lesson_has_figures_one_folder_up_and_fenced_blocks_as_they_were(lesson):
    source = nbformat.read(korean.notebook_of(lesson), as_version=4).cells[0].source
    assert "(../../assets/img/way.svg)" in source
    assert "(05_submit.ipynb)" in source
    assert source.endswith("```bash\nkubectl get pods\n```")


MESSAGE = "run with {arguments:,}, dag.tasks gives {given!r}: 2 tasks"
# what the Korean of MESSAGE is, what is found
MESSAGES = {
    "in step": ("{arguments:,}: dag.tasks의 결과가 {given!r}입니다. 태스크 2개", None),
    "a lost placeholder": (
        "{arguments:,}: dag.tasks의 태스크 2개",
        "lost: the placeholder {given!r}",
    ),
    "a translated placeholder": (
        "{인자:,}: dag.tasks의 결과가 {given!r}, 태스크 2개",
        "not in the English: the placeholder {인자:,}",
    ),
    "another conversion": (
        "{arguments:,}: dag.tasks의 결과가 {given}, 태스크 2개",
        "not in the English: the placeholder {given}",
    ),
    "a code word": ("{arguments:,}: tasks의 결과가 {given!r}, 태스크 2개", "lost: dag.tasks"),
    "a number": ("{arguments:,}: dag.tasks의 결과가 {given!r}, 태스크", "lost: the number 2"),
    "a space at the end": ("{arguments:,}: dag.tasks, {given!r}, 태스크 2개 ", "other spaces"),
    "a question": ("{arguments:,}: dag.tasks, {given!r}, 태스크 2개?", "a question"),
    "a particle after a placeholder": (
        "{arguments:,}: dag.tasks가 {given!r}를 줍니다. 태스크 2개",
        "'}를': what stands there may end in anything",
    ),
    "both forms of a particle": (
        "{arguments:,}: dag.tasks은(는) {given!r}입니다. 태스크 2개",
        "'은(는)': write the one that fits",
    ),
    "a term": ("{arguments:,}: dag.tasks의 결과가 {given!r}, 작업 2개", "'task' is '태스크'"),
}


@pytest.mark.parametrize(("text", "finding"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_keeps_placeholders_code_and_numbers(text, finding):
    glossary = read_glossary(REPOSITORY / korean.GLOSSARY)
    found = lost_in_message(MESSAGE, text) + wrong_in_style(MESSAGE, text, glossary, marked=False)
    assert found == [] if finding is None else any(finding in one for one in found), found


def test_a_page_of_the_kubernetes_documentation_may_be_the_korean_one():
    english, korean_page = (f"[x y](https://kubernetes.io{at}/docs/a/)" for at in ("", "/ko"))
    assert lost_in_prose(english, korean_page.replace("x y", "문서")) == []
    assert lost_in_prose(english, "[문서](https://kubernetes.io/ko/docs/b/)") != []


def test_code_in_a_message_is_copied():
    assert lost_in_message("sorted(t['name'] for t in ...)", "sorted(t['name'] for t in ...)") == []
    assert lost_in_message("sort the list.", "sort the list.") == ["it is not Korean"]
