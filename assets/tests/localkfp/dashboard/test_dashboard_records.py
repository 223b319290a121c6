"""The run's page on every run that a genuine cluster recorded: failed, pending, cached, terminated
ones, of Argo 3.3.8 and of 4.0.5. No node is of a shape that breaks it."""

from __future__ import annotations

import itertools
from urllib.parse import quote

import pytest
import yaml
from localkfp.dashboard.pages.run import PAGE_TABS
from localkfp.dashboard.views.step import TABS
from tests.support.pages import well_made
from tests.support.records.book import NEW, OLD, answers, records

RUNS = [
    pytest.param(version, name, id=f"{version}-{name}")
    for version in (OLD, NEW)
    for name, answer in answers(version).items()
    if answer.get("workflow")
]
MOST = 4  # steps of one run that are opened, each in another tab


def manifest(name, workflow):
    try:
        templates = yaml.load(records()[name].package, Loader=yaml.CSafeLoader)["spec"]["templates"]
    except (yaml.YAMLError, TypeError, KeyError, UnicodeDecodeError):  # a zip
        templates = [{"name": workflow["spec"]["entrypoint"], "dag": {"tasks": []}}]
    return workflow | {"spec": workflow["spec"] | {"templates": templates}}


@pytest.mark.slow
@pytest.mark.parametrize(("version", "name"), RUNS)
def test_a_recorded_run_has_its_page(version, name, visit, stored_run):
    workflow = answers(version)[name]["workflow"]
    nodes = workflow["status"].get("nodes") or {}
    row = stored_run(
        manifest(name, workflow),
        nodes.values(),
        name=name,
        phase=workflow["status"].get("phase") or "",
    )
    here = f"/runs/details/{row['id']}"
    for tab in PAGE_TABS if version == OLD else ("graph",):
        page = visit("GET", f"{here}?tab={tab}")
        assert page.status == 200, (tab, page.text)
        well_made(page)
    pods = [node for node in nodes.values() if node["type"] in ("Pod", "Skipped")]
    for tab, node in zip(itertools.cycle(TABS), pods[:MOST], strict=False):
        page = visit("GET", f"{here}?step={quote(node['id'])}&show={tab}")
        assert page.status == 200, (tab, page.text)
        assert "This run has no such step." not in page.page.text
        well_made(page)
