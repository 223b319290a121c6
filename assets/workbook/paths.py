"""Where the parts of the repository lie. In the grader's sandbox ASSETS is a copy that has only
`data` and, for Korean, `locale`."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[1]
REPOSITORY = ASSETS.parent
DATA = ASSETS / "data"
LOCALE = ASSETS / "locale"
REQUIREMENTS = REPOSITORY / "requirements.txt"

EDITIONS = ".editions.json"  # in a working copy: which edition of each lesson it was made from
