"""What the grader writes: a table, a report, pages and notebooks, whatever strangers put in."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tests.support.handed_in_notebooks.graded import (
    HOSTILE,
    SCRIPT,
    batch,
    exercise,
    hostile,
    record,
    refused,
    usual,
)
from tests.support.pages import Page
from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET
from workbook.grading.facts.places import CLOSED, executed, learner_folder, stem
from workbook.grading.facts.plain import plain, plain_line
from workbook.grading.facts.record import RecordError, from_json, to_json
from workbook.grading.notebook.trim import MOST_OUTPUTS, MOST_TEXT, trimmed
from workbook.grading.reports.feedback import feedback_html
from workbook.grading.reports.report import bins, report_html, summarize
from workbook.grading.reports.table import cell, grades_csv
from workbook.grading.reports.written import keep_notebook, write_outcome
from workbook.grading.rubric.rubric import load_rubric
from workbook.language import speak

RUBRIC = load_rubric()


def rows(records):
    text = grades_csv(records).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def body(html):
    """A page without its style."""
    return Page(html.partition("</style>")[2])


# ---- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x1b", ""),
        ("\x1b[", ""),
        ("a\x00b\x7f", "a\ufffdb\ufffd"),
        ("kim\u202emin", "kim\ufffdmin"),
        ("\ufeffkim", "\ufffdkim"),
        ("\udcff", "\ufffd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("👩‍💻 김 é", "👩‍💻 김 é"),
        ("x" * 20_000, "x" * 10_000 + "…"),
    ],
)
def test_text_is_plain(text, shown):
    assert plain(text) == shown


def test_a_line_is_one_line():
    assert plain_line(" a\u2028b\n\n c ") == "a\ufffdb c"


def test_plain_text_is_quick_on_a_text_made_to_be_slow():
    assert plain("\x1b]" * 1_000_000) == "…"


# ---- names of files ------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", [*HOSTILE, "", "..", "/etc/passwd", "CON", "김민수"])
def test_a_learners_folder_is_a_short_plain_name(learner):
    assert re.fullmatch(r"feedback/[a-z0-9][a-z0-9-]{0,50}-[0-9a-f]{8}", learner_folder(learner))


def test_learners_whose_names_give_the_same_letters_have_different_folders():
    names = ["김", "이", "Jos\u00e9", "Jose\u0301", "jose", "JOSE", "jo-se"]
    assert len({learner_folder(name) for name in names}) == len(names)


@pytest.mark.parametrize("lesson", ["", "..", "../..", "4", "04/..", "٠٤"])
def test_what_is_no_lesson_is_no_path(lesson):
    assert re.fullmatch(r"feedback/kim-[0-9a-f]{8}/unknown-[0-9a-f]{8}", stem("kim", lesson, "f"))


# ---- the record ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_a_record_comes_back_from_its_line_as_it_was(text):
    line = to_json(hostile(text))
    assert len(line.splitlines()) == 1
    assert from_json(line) == hostile(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "perfect"}, "unknown verdict 'perfect'"),
        ({"learner": 3}, "learner: expected str, found int"),
        ({"seconds": True}, "seconds: expected float, found bool"),
        ({"seconds": float("nan")}, "seconds: not a finite number"),
        ({"isolated": 1}, "isolated: expected bool"),
        ({"notes": [1]}, "notes: expected a list of texts"),
        ({"exercises": [{"id": "04-1"}]}, "expected a mapping with id, verdict"),
        ({"more": 1}, "expected a mapping with key, learner"),
    ],
)
def test_what_is_no_record_is_said(change, said):
    with pytest.raises(RecordError, match=re.escape(said)):
        from_json(json.dumps(json.loads(to_json(record())) | change))


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '{"key": 1'])
def test_a_torn_line_is_no_record(line):
    with pytest.raises(RecordError):
        from_json(line)


# ---- grades.csv ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kim", "kim"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-rf", "'-rf"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\rx", "'x"),
        ("  =1", "'=1"),
        ("\x1b[0m=1", "'=1"),
        ("＝1", "'＝1"),
        ("﹦1", "'﹦1"),
        ("a=1", "a=1"),
        ("a;=1", "a;'=1"),  # a cell of its own where the list separator is a semicolon
        ("a; \x1b[0m@b;c", "a; '@b;c"),
        ("", ""),
        ("a\nb", "a b"),
    ],
)
def test_a_cell_is_shown_and_never_calculated(text, shown):
    assert cell(text) == shown


def test_the_table_has_a_row_for_each_submission_and_a_column_for_each_exercise():
    table = rows([usual("kim", 3), record("lee", "unreadable", text="no JSON")])
    kim, lee = table
    assert (kim["points"], kim["possible"], kim["04-1"], kim["04-4"]) == ("3", "5", "1", "0")
    assert (kim["needs a person"], lee["needs a person"]) == ("no", "yes")
    assert (lee["points"], lee["why"]) == ("", "no JSON")
    assert kim["feedback"] == stem("kim", "04", kim["file"]) + ".html"


def test_the_table_says_that_it_is_utf_8_for_spreadsheets():
    assert grades_csv([record("김민수")]).encode().startswith(b"\xef\xbb\xbf")


def test_no_cell_of_strangers_begins_a_formula_or_a_line():
    text = grades_csv([f(name) for name in HOSTILE for f in (hostile, refused)])
    assert text.count("\r\n") == 1 + 2 * len(HOSTILE)
    for row in rows([hostile(name) for name in HOSTILE]):
        for value in row.values():
            assert not value.startswith(tuple("=+-@\t\r"))


def test_half_a_point_stays_half_a_point():
    assert rows([record(exercises=(exercise(1, possible=0.5),))])[0]["points"] == "0.5"


# ---- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_write_is_text_on_every_page(text):
    records = [hostile(text), refused(text)]
    for html in [report_html(records, RUBRIC, [text]), *map(feedback_html, records)]:
        page = Page(html)
        html.encode()
        assert html.count('http-equiv="Content-Security-Policy"') == 1
        assert page.inline == ["style"]  # ours
        assert "script" not in page.tags
        assert not {"base", "iframe", "object", "form"} & set(page.tags)
        assert html.count("<img") == len(
            re.findall('<img class="[a-z]+" alt="[^"<]*" src="data:', html)
        )
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", html)
        assert len(set(page.ids)) == len(page.ids)


def test_the_policy_names_the_style_by_its_digest_and_allows_no_script():
    html = feedback_html(record())
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src &#x27;none&#x27;" in policy
    assert "script" not in policy
    assert "unsafe" not in policy


def test_feedback_says_what_was_seen_a_hint_and_the_learners_line_and_hides_the_rest():
    page = body(feedback_html(usual("kim")))
    for shown in ("Points: 2 of 5", "KeyError: 'outputs'", "asked for is one addition", "Hint:"):
        assert shown in page.text
    assert 'output_file = template("add")' in page.text
    for hidden in ("Traceback", "value_1 = 7", "35"):
        assert hidden not in page.text


@pytest.fixture
def korean():
    speak("ko")
    yield
    speak("en")


def test_pages_speak_the_language_of_the_edition(korean):
    records = [usual("kim", 1), record("lee", "unreadable", isolated=False)]
    for html in (report_html(records, RUBRIC, ["x"]), *map(feedback_html, records)):
        assert '<html lang="ko">' in html
        heads = r"<(?:h[23]|th scope=.col.|legend|summary|strong)[^>]*>(?:<span[^>]*>)?([^<]+)<"
        labels = re.findall(heads, html)
        assert labels
        assert not [label for label in labels if re.search("[a-z]{2}", unescape(label))]
    assert "실습 04, 셀에서 컴파일하고 Workflow 들여다보기" in feedback_html(usual("kim", 1))


def test_feedback_never_says_the_seed():
    assert "987654321" not in feedback_html(record(seed=987654321))
    assert "987654321" in report_html([record(seed=987654321)], RUBRIC)


def test_feedback_on_what_was_not_graded_says_why_and_what_to_do():
    page = Page(feedback_html(record("lee", "unreadable", text="it looks like a PDF")))
    assert "This can't be read as a notebook." in page.text
    assert "it looks like a PDF" in page.text
    assert page.text.count("open it in JupyterLab, save it") == 1
    assert "Points" not in page.text


def test_the_report_shows_first_what_needs_a_person():
    page = body(report_html(batch(), RUBRIC, ["park: nothing was handed in"]))
    assert "300 submissions, 296 graded, 4 that need a person" in page.text
    assert page.text.index("its kernel is for R") < page.text.index("median")
    assert "park: nothing was handed in" in page.text
    assert "Not isolated" not in page.text
    assert "Not isolated." in Page(report_html([record(isolated=False)], RUBRIC)).text


def test_every_link_of_the_report_leads_to_a_page(tmp_path):
    records = [*batch(20), *map(hostile, HOSTILE), *map(refused, HOSTILE)]
    write_outcome(records, RUBRIC, tmp_path)
    links = Page((tmp_path / "report.html").read_text()).links
    assert len(links) > 4 * len(records)
    for link in links:
        assert link.startswith("#") or (tmp_path / link).is_file()


def test_the_commonest_findings_are_counted_with_who_got_them():
    records = [usual("kim", 1), usual("lee", 1), usual("park", 4)]
    (lesson,) = summarize(records, RUBRIC)
    second = next(each for each in lesson.exercises if each.id == "04-2")
    (common,) = second.common
    assert (common.count, [r.learner for r in common.who]) == (2, ["kim", "lee"])
    assert second.counts == {NOT_YET: 2, "right": 1}
    assert (lesson.median, lesson.possible) == (1, 5)


def test_of_a_quiz_the_report_says_how_many_have_each_question_right():
    quizzes = [
        exercise("quiz"),
        exercise("quiz", NOT_YET, wrong=("2", "3")),
        exercise("quiz", NOT_YET, wrong=("2",)),
        exercise("quiz", NOT_YET, text="the answer can't be read"),
        exercise("quiz", NOT_ATTEMPTED),
    ]
    records = [record(f"{n}", exercises=(each,)) for n, each in enumerate(quizzes)]
    ((summary,),) = [lesson.exercises for lesson in summarize(records, RUBRIC)]
    assert summary.questions == {"1": 3, "2": 1, "3": 2}
    text = Page(report_html(records, RUBRIC)).text
    assert "Right by question: 1: 3 of 5, 2: 1 of 5, 3: 2 of 5" in text
    assert from_json(to_json(records[1])) == records[1]


@pytest.mark.parametrize(
    ("points", "possible", "labels"),
    [
        ([0, 1, 2.5], 3, {"0": 1, "1": 1, "2": 1, "3": 0}),
        ([5], 5, {"0": 0, "1": 0, "2": 0, "3": 0, "4": 0, "5": 1}),
        ([0], 0, {"0": 1}),
        ([100, 95], 100, {f"{n} to {n + 9}": int(n == 90) for n in range(0, 100, 10)} | {"100": 1}),
    ],
)
def test_bins_hold_every_submission_once(points, possible, labels):
    found = bins(points, possible)
    assert {each.label: each.count for each in found} == labels


def test_nothing_graded_gives_a_report_all_the_same():
    assert "Nothing was graded." in Page(report_html([], RUBRIC)).text
    assert "Nothing was graded." in Page(report_html([refused("x")], RUBRIC)).text


def test_files_are_replaced_and_nothing_else_is_left(tmp_path):
    write_outcome([record()], RUBRIC, tmp_path)
    before = (tmp_path / "grades.csv").read_text()
    write_outcome([record(), record("lee")], RUBRIC, tmp_path)
    assert (tmp_path / "grades.csv").read_text() != before
    assert list(tmp_path.rglob(".*")) == []


def test_a_full_disk_leaves_the_old_files_whole(tmp_path, monkeypatch):
    write_outcome([record()], RUBRIC, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def half(path, data):
        path.open("wb").write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        write_outcome([record(), record("lee")], RUBRIC, tmp_path)
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


# ---- the executed notebook -----------------------------------------------------------------------


def one_cell(*outputs):
    return new_notebook(cells=[new_code_cell("x", id="word", outputs=list(outputs))])


def shown(notebook):
    return trimmed(notebook).cells[0].outputs


def test_long_text_keeps_its_beginning_and_its_end():
    (output,) = shown(one_cell(new_output("stream", text="a" * 50_000 + "end")))
    assert len(output.text) < MOST_TEXT + 100
    assert output.text.endswith("end")
    assert "30003 characters omitted" in output.text


def test_a_large_image_is_omitted_and_a_small_one_stays():
    large, small = (
        new_output("display_data", {"image/png": "A" * size}) for size in (8_000_000, 8)
    )
    first, second = shown(one_cell(large, small))
    assert first.data == {"text/plain": "image omitted (6.0 MB)"}
    assert second.data == {"image/png": "A" * 8}


def test_scripts_and_unknown_kinds_are_omitted():
    data = {"application/javascript": "alert(1)", "text/plain": "x", "application/x+json": {"a": 1}}
    (output,) = shown(one_cell(new_output("display_data", data)))
    assert output.data == {
        "text/plain": "application/javascript omitted\napplication/x+json omitted\nx"
    }


def test_many_outputs_and_much_in_all_are_cut():
    many = [new_output("stream", text="x") for _ in range(500)]
    outputs = shown(one_cell(*many))
    assert len(outputs) == MOST_OUTPUTS + 1
    assert "450 more outputs omitted" in outputs[-1].text
    cells = [
        new_code_cell("x", id=f"c{n}", outputs=[new_output("stream", text="x" * MOST_TEXT)] * 40)
        for n in range(30)
    ]
    assert len(nbformat.writes(trimmed(new_notebook(cells=cells)))) < 6_000_000


def test_an_error_is_cut_too_and_the_notebook_stays_valid(tmp_path):
    error = new_output("error", ename="E" * 30_000, evalue="v", traceback=["t"] * 30_000)
    place = keep_notebook(one_cell(error), record(SCRIPT), tmp_path)
    assert place == f"{executed(SCRIPT, '04', 'f')}.ipynb"
    assert (tmp_path / place).stat().st_size < 60_000
    nbformat.validate(nbformat.read(tmp_path / place, as_version=4))


def test_what_was_drawn_is_beside_the_feedback_only_when_the_batch_is_closed(tmp_path):
    kim = record("kim", exercises=(exercise(1, NOT_YET, text="seen", detail="7 gives 35"),))
    kim = replace(kim, notebook=keep_notebook(one_cell(), kim, tmp_path))
    beside = (tmp_path / stem("kim", "04", kim.file)).parent

    def files():
        write_outcome([kim], RUBRIC, tmp_path, closed=closed)
        return sorted(path.name for path in beside.iterdir())

    closed = False
    assert files() == ["04.html"]
    assert "7 gives 35" not in (beside / "04.html").read_text()
    assert not (tmp_path / CLOSED).exists()
    closed = True
    assert files() == ["04-as-it-was-run.html", "04.html", "04.ipynb"]
    page = Page((beside / "04.html").read_text())
    assert page.links == ["04-as-it-was-run.html", "04.ipynb", "#exercise-04-1"]
    assert "7 gives 35" in page.text
    assert (tmp_path / CLOSED).exists()


def test_a_notebook_as_it_was_run_is_a_page_without_script(tmp_path):
    shown = new_output("display_data", {"text/html": SCRIPT, "text/plain": SCRIPT})
    picture = new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "x"})
    bad = new_output("display_data", {"image/png": '"><script>1</script>', "text/plain": "y"})
    place = keep_notebook(one_cell(shown, picture, bad), record("kim"), tmp_path)
    page = Page((tmp_path / place).with_suffix(".html").read_text())
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
    assert SCRIPT in page.text


def test_feedback_shows_the_learners_own_code_beside_what_is_not_yet_right():
    wrong = exercise(1, NOT_YET, text="seen", code='waits_for = ["add"]')
    page = Page(feedback_html(record("kim", exercises=(wrong, exercise(2, code="secret = 1")))))
    assert 'waits_for = ["add"]' in page.text
    assert "secret = 1" not in page.text
