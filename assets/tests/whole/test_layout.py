"""What a newcomer sees first: five entries, and nothing that slipped in."""

from __future__ import annotations

from workbook.paths import REPOSITORY

ENTRIES = {"README.md", "requirements.txt", "notebooks", "solutions", "assets"}
OF_THE_LEARNER = {"my-notebooks"}  # which `workbook start` makes, and git ignores


def test_the_visible_entries_at_the_top_are_these_five():
    visible = {path.name for path in REPOSITORY.iterdir() if not path.name.startswith(".")}
    assert visible - OF_THE_LEARNER == ENTRIES
