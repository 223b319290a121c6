"""What a learner meant to type: choices in capitals, with a bracket, or in Hangul mode.

A Korean keyboard in Hangul mode gives `\u3160` for the key B, and `\u3154\u3150\u3147` for the keys
p, o, d: the layout is Dubeolsik (KS X 5002), and the keys are the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

# the keys of each jamo, in the order in which Unicode composes a syllable of them (chapter 3.12)
LEADS = "r R s e E f a q Q t T d w W c z x v g".split()
VOWELS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l".split()
TAILS = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g".split()
SYLLABLES, LETTERS = 0xAC00, 0x3131
# \u3131 to \u3163, jamo by themselves: consonants as leads or tails, then the vowels
ALONE = [*"r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g".split(), *VOWELS]
AROUND = " \t\n.,:;()[]'\""


def choice(text: Any) -> Any:
    """A text as one of several choices: small letters, nothing around them, Hangul as its keys.
    Anything that is no text stays as it is."""
    if not isinstance(text, str):
        return text
    keys = "".join(map(_keys, unicodedata.normalize("NFC", text)))
    return " ".join(unicodedata.normalize("NFKC", keys).lower().strip(AROUND).split())


def choices(answer: Any) -> Any:
    """The same for each text of a list, or for each value of a dict."""
    if isinstance(answer, dict):
        return {key: choice(value) for key, value in answer.items()}
    return [choice(each) for each in answer] if isinstance(answer, list) else answer


def with_keys(answer: Any, keys: Iterable[str]) -> Any:
    """A dict with its keys as they are asked for, however they were typed."""
    if not isinstance(answer, dict):
        return answer
    meant = {choice(key): key for key in keys}
    found = {meant.get(choice(key), key): value for key, value in answer.items()}
    return found if len(found) == len(answer) else answer


def _keys(letter: str) -> str:
    number = ord(letter) - SYLLABLES
    if 0 <= number < len(LEADS) * len(VOWELS) * (len(TAILS) + 1):
        lead, rest = divmod(number, len(VOWELS) * (len(TAILS) + 1))
        vowel, tail = divmod(rest, len(TAILS) + 1)
        return LEADS[lead] + VOWELS[vowel] + (TAILS[tail - 1] if tail else "")
    number = ord(letter) - LETTERS
    return ALONE[number] if 0 <= number < len(ALONE) else letter
