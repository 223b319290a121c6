"""The language of every message that a learner sees: GNU gettext, catalogs in `assets/locale`."""

from __future__ import annotations

import gettext
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parents[1] / "locale"

_ = gettext.translation("workbook", LOCALE_FOLDER, fallback=True).gettext
