"""The lessons in a real JupyterLab in headless Chromium: untrusted as cloned, and then run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat
import pytest
from tests.support.jupyterlab import (
    PICTURE,
    graphs,
    open_notebook,
    pictures,
    restart_and_run_all,
    running_lab,
    wait_for_the_last_cell,
)
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.paths import REPOSITORY

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.slow

LESSONS = [lesson.file_name for lesson in find_lessons()]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    with running_lab(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    from tests.support.chromium import launched

    with launched() as started:
        yield started


@pytest.fixture
def page(browser) -> Iterator[sync_api.Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.mark.parametrize("lesson", [name for name in LESSONS if graphs(f"solutions/{name}")])
def test_the_graph_is_seen_in_an_untrusted_clone(page, lab, lesson):
    open_notebook(page, lab, f"solutions/{lesson}")
    page.wait_for_selector(PICTURE)
    seen = pictures(page)
    assert len(seen) == graphs(f"solutions/{lesson}")
    assert all(picture["drawn"] for picture in seen)
    words = [str(picture["alt"]) for picture in seen]
    assert all(len(alt) > 20 for alt in words)
    graphs_seen = [alt for alt in words if alt.startswith(("Graph", "Run"))]  # 10 has a matrix too
    assert graphs_seen
    assert all(re.match(r"(Graph|Run) of .*: \d+ steps?", alt) for alt in graphs_seen)
    assert page.locator(".jp-OutputArea li").count() >= len(seen)


def test_the_graders_tables_and_bars_are_seen_in_an_untrusted_clone(page, lab):
    open_notebook(page, lab, "solutions/grading.ipynb")
    page.wait_for_selector(PICTURE)
    widths = page.eval_on_selector_all(
        PICTURE, "all => all.map(i => i.complete && i.naturalWidth > 0 ? i.width : 0)"
    )
    assert len(widths) == 1 + 5  # how the points lie, and a bar for each exercise
    assert min(widths) > 20
    tables = page.locator(".jp-OutputArea table").all_inner_texts()
    assert any("asked for is list" in table for table in tables)


@pytest.mark.parametrize("folder", ["solutions", "notebooks"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_run_all_shows_graphs_checks_and_no_error(page, lab, folder, lesson):
    open_notebook(page, lab, f"{folder}/{lesson}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    restart_and_run_all(page)
    verdict = "right" if folder == "solutions" else "not attempted"
    wait_for_the_last_cell(page)
    text = page.inner_text(".jp-Notebook")
    for kind in ("error", "stderr"):  # a step's log may show a traceback, a cell may not
        assert page.locator(f'.jp-OutputArea [data-mime-type$="jupyter.{kind}"]').count() == 0
    for exercise_id in EXERCISES:
        if exercise_id.startswith(lesson[:2]):
            assert re.search(rf"{exercise_id}\s+{verdict}", text), (exercise_id, text[-3000:])
    seen = pictures(page)
    assert len(seen) == graphs(f"{folder}/{lesson}")
    assert all(picture["drawn"] for picture in seen)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_links_lead_somewhere_and_the_next_lesson_opens_in_the_same_window(page, lab, lesson):
    open_notebook(page, lab, f"notebooks/{lesson}")
    links = page.locator(".jp-RenderedMarkdown a[href]").evaluate_all(
        "all => all.filter(a => a.origin === location.origin && !a.hash).map(a => a.href)"
    )
    for address in links:  # within this JupyterLab; the network's are not asked for
        assert page.request.get(address).status == 200, address
    cells = nbformat.read(REPOSITORY / "notebooks" / lesson, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    leads_on = re.search(r"## Next\b[^#]*?\]\((\d\d_\w+\.ipynb)\)", text)
    if not leads_on:
        assert lesson == LESSONS[-1]
        return
    page.locator(".jp-RenderedMarkdown h2", has_text="Next").scroll_into_view_if_needed()
    page.locator(f".jp-RenderedMarkdown a[href*='{leads_on[1]}']").last.click()
    page.wait_for_selector(f".lm-DockPanel-tabBar .lm-TabBar-tabLabel:text-is('{leads_on[1]}')")
