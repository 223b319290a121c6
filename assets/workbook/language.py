"""The language of every message that a learner sees: GNU gettext, catalogs in `assets/locale`.

The edition decides, not the person's locale, because a message stands among the prose and the
stored outputs of one edition:

1. the environment variable WORKBOOK_LANGUAGE, `en` or `ko`, for a notebook that lies elsewhere;
2. otherwise, in a kernel, the folder in which it runs, which is the notebook's: in one called
   `ko` messages are Korean;
3. otherwise they are English. LANG and LANGUAGE are not asked: Korean systems set them, and an
   English lesson on one would speak Korean in between.

It is decided when this module is imported: hints are made with `_` at import. The English edition
loads nothing for it. What localkfp says, its errors, logs and pictures, is English in both
editions, as everything that comes from a cluster is.
"""

from __future__ import annotations

import gettext
import os
import sys
from io import BytesIO
from pathlib import Path

from workbook.paths import LOCALE

ENGLISH, KOREAN = "en", "ko"
LANGUAGES = (ENGLISH, KOREAN)


def chosen() -> str:
    """The language of the edition that this process works on."""
    asked = os.environ.get("WORKBOOK_LANGUAGE", "")
    if asked in LANGUAGES:
        return asked
    # elsewhere the folder says nothing: the repository may have been cloned into one called ko
    in_kernel = "ipykernel" in sys.modules
    return KOREAN if in_kernel and Path.cwd().name == KOREAN else ENGLISH


def speak(language: str) -> None:
    """Give messages in this language from here on; what was made before stays as it is."""
    global _messages, _language
    _messages, _language = _load(language), language


def spoken() -> str:
    """The language of the messages."""
    return _language


def messages(language: str) -> Path:
    """The catalog of a language that is not English."""
    return LOCALE / language / "workbook.po"


def _(message: str) -> str:
    """The message in the language of the edition."""
    return _messages.gettext(message)


def _load(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    # here: only the Korean edition pays for it. gettext reads compiled catalogs, and no compiled
    # file lies in the repository
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with messages(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


_language = chosen()
_messages = _load(_language)
