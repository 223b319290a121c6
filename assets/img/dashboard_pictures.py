"""Makes the pictures of the dashboard: python assets/img/dashboard_pictures.py

The way of lessons 02 and 05 is gone in a browser, on a state directory of its own: the compiled add
example is uploaded, a run is started with other values, a step of it is looked at. Needs Chromium
and `pip install -e './assets[test]'`. To be run again when a page changes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import localkfp
import yaml
from playwright.sync_api import Page, expect
from tests.support.chromium import launched
from tests.support.handout_pipeline import WORKFLOW

HERE = Path(__file__).parent
SIZE = {"width": 1200, "height": 760}


def take(page: Page, host: str, package: Path, folder: Path) -> None:
    """Go the way and keep three pictures in `folder`."""
    page.goto(host)
    page.get_by_role("link", name="Upload pipeline").click()
    page.get_by_label("Name", exact=True).fill("add example")
    page.get_by_label("File").set_input_files(package)
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name="add example (add example)").wait_for()
    page.screenshot(path=folder / "dashboard-pipeline.png")
    page.get_by_role("link", name="Create run").click()
    page.get_by_label("Run name").fill("my first run")
    page.get_by_label("value_1").fill("7")
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=folder / "dashboard-new-run.png", full_page=True)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_contain_text("Steps: 3 Succeeded", timeout=60_000)
    page.locator(".picture a", has_text="multiply").click()
    page.locator("#step-io").wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / "dashboard-run.png")


def main(folder: Path = HERE) -> None:
    with tempfile.TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True) as state:
        os.environ["LOCALKFP_HOME"] = state
        package = Path(state) / "add_pipeline.yaml"
        package.write_text(yaml.safe_dump(WORKFLOW))
        host = localkfp.start()
        try:
            with launched() as browser:
                take(browser.new_page(viewport=SIZE), host, package, folder)
        finally:
            localkfp.stop()


if __name__ == "__main__":
    main()
