"""The grader's pages in headless Chromium: nothing runs, nothing is fetched, all can be read."""

from __future__ import annotations

import dataclasses

import pytest
from tests.support.handed_in_notebooks.graded import HOSTILE, batch, hostile, refused
from workbook.grading.facts.places import stem
from workbook.grading.reports.written import write_outcome
from workbook.grading.rubric.rubric import load_rubric

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.slow

expect = sync_api.expect


def place(record):
    return f"{stem(record.learner, record.lesson, record.file)}.html"


@pytest.fixture(scope="module")
def records():
    usual = batch()
    exposed = dataclasses.replace(usual[0], isolated=False, notes=("the newest of 2 was graded",))
    return [exposed, *usual[1:], *map(hostile, HOSTILE), *map(refused, HOSTILE)]


@pytest.fixture(scope="module")
def out(records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graded")
    write_outcome(records, load_rubric(), folder, [f"{name}: left out" for name in HOSTILE])
    return folder


@pytest.fixture(scope="module")
def pages(records):
    """One page of each kind, and those of attackers."""
    kinds = {(r.verdict, len(r.exercises), r.points): r for r in records}
    return ["report.html", *map(place, kinds.values()), *map(place, map(hostile, HOSTILE))]


@pytest.fixture
def open_page(browser, out):
    """Opens a file; fails at the end if anything complained, was fetched, or asked for a person."""
    contexts, seen = [], []

    def opened(name, **more):
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}} | more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: seen.append(said.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: seen.append(asked.url) if foreign(asked.url) else None)
        page.goto((out / name).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert seen == []


def test_korean_breaks_between_words(open_page):
    style, lang = (
        "getComputedStyle(document.querySelector('p')).wordBreak",
        "document.documentElement.lang",
    )
    page = open_page("report.html")
    assert page.evaluate(style) == "normal"
    page.evaluate(f"{lang} = 'ko'")
    assert page.evaluate(style) == "keep-all"


def foreign(address):
    return not address.startswith(("file://", "data:"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_of_strangers_runs(open_page, out, pages, scheme):
    page = open_page("report.html", color_scheme=scheme)
    found = {}
    for name in pages:
        page.goto((out / name).as_uri())
        assert page.title() != "ran"
        assert page.evaluate("document.querySelectorAll('script, base, iframe').length") == 0
        for broken in axe.Axe().run(page).response["violations"]:
            found[name, broken["id"]] = [node["html"] for node in broken["nodes"]][:3]
    assert found == {}


def test_axe_finds_what_is_wrong(open_page):
    page = open_page("report.html")
    page.evaluate("document.querySelector('img').removeAttribute('alt')")
    assert {v["id"] for v in axe.Axe().run(page).response["violations"]} == {"image-alt"}


@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_scrolls_sideways(open_page, out, pages, width):
    page = open_page("report.html", viewport={"width": width, "height": 700})
    wide = {}
    for name in pages:
        page.goto((out / name).as_uri())
        inner = page.evaluate("document.documentElement.scrollWidth")
        if inner > width:
            wide[name] = inner
    assert wide == {}


def test_the_style_is_used_and_a_script_would_not_run(browser, out):
    page = browser.new_page(color_scheme="dark")
    page.goto((out / "report.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(31, 32, 35)"
    ran = """() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        return window.ran === true;
    }"""
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        assert page.evaluate(ran) is False
    page.close()


def test_by_keyboard_the_list_is_sorted_without_a_script(open_page, records):
    page = open_page("report.html", java_script_enabled=False)
    shown = page.locator(".sorted table:visible")
    expect(shown).to_have_count(1)
    first = shown.locator("tbody tr").first
    page.get_by_role("radio", name="learner").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="points, highest first")).to_be_checked()
    expect(shown).to_have_count(1)
    expect(first).to_contain_text("5 of 5")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="points, lowest first")).to_be_checked()
    expect(first.get_by_role("cell").nth(1)).to_have_text("")  # not graded: no points yet
    expect(shown.locator("tbody tr")).to_have_count(len(records))


def test_from_the_report_to_a_learners_page(open_page):
    page = open_page("report.html")
    page.locator(".sorted table:visible").get_by_role("link", name="learner 001").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Lesson 04, Compile in the cell, inspect the Workflow"
    )
    page.get_by_role("link", name="04-3").click()
    expect(page.get_by_role("region", name="04-3: failed")).to_contain_text("KeyError: 'outputs'")
