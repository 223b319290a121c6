"""Text from strangers, made fit to be shown: no terminal codes, no control or hidden characters."""

from __future__ import annotations

import re
import unicodedata

# ECMA-48: control sequences, strings such as titles and links, and the other escapes; also cut off
TERMINAL_CODES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
JOINERS = "\u200c\u200d"  # Persian, Hindi and emoji need them
CUT = "\N{HORIZONTAL ELLIPSIS}"


def plain(text: str, limit: int = 10_000) -> str:
    """Lines of text; what can't be shown safely becomes U+FFFD. At most `limit` characters."""
    cut = text[: limit + 1] if len(text) > limit else text
    shown = TERMINAL_CODES.sub("", cut.replace("\r\n", "\n").replace("\r", "\n"))
    shown = "".join(map(_shown, shown))
    return shown[:limit] + CUT if len(text) > limit else shown


def plain_line(text: str, limit: int = 400) -> str:
    """The same in one line."""
    return " ".join(plain(text, limit).split())


def _shown(character: str) -> str:
    if character in "\n\t" or character in JOINERS:
        return character
    category = unicodedata.category(character)
    # Cc control, Cf format (the bidirectional overrides among them), Cs half a character,
    # Zl and Zp line ends that only some programs see
    return REPLACEMENT if category in ("Cc", "Cf", "Cs", "Zl", "Zp") else character
