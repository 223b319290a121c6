"""How the Korean edition writes: its glossary, particles after Latin words, polite endings. Pure,
but for reading the glossary.

The glossary is `assets/locale/ko/glossary.yaml`; what its parts mean is said there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from workbook.authoring.edition.blocks import without_code

# the form after a consonant, the form after a vowel
PAIRS = {"은": "는", "이": "가", "을": "를", "과": "와", "으로": "로", "이라": "라"}
PARTICLE = re.compile(
    r"([A-Za-z0-9][\w.-]*)[`*\"'\]]*(은|는|이|가|을|를|과|와|으로|로|이라|라)(?![가-힣])"
)
BOTH_FORMS = re.compile(r"[은을이과]\([는를가와]\)|[는를가와]\([은을이과]\)|\(으\)로|\(이\)")
AFTER_PLACEHOLDER = re.compile(r"\}['\"]?(은|는|이|가|을|를|과|와|으로|로|이라|라)(?![가-힣])")
PLAIN_ENDING = re.compile(r"\S*(?:(?<!니)다|(?<!세)(?<!아니)요)[.!](?=[)*\"]*(?:\s|$))")
LETTERS_WITH_CONSONANT = frozenset("LMNR")  # 엘 엠 엔 알
DIGITS_WITH_CONSONANT = frozenset("013678")  # 영 일 삼 육 칠 팔, and 십 백 천 end in 0
RIEUL = 8  # the number of ㄹ among the final consonants of Unicode
HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


@dataclass(frozen=True)
class Term:
    """A word of the English, in all its forms; how it is written in Korean, and how never.

    A `loose` term may be left out or said by another word: only its wrong forms are found.
    """

    english: tuple[str, ...]
    korean: tuple[str, ...]
    never: tuple[str, ...] = ()
    loose: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        words = "|".join(re.escape(word) for word in self.english)
        return re.compile(rf"(?<![\w.-])(?:{words})(?:s|es)?(?![\w-]|\.\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """What a Korean text must not say, and what it says instead.

    `where`: only if this is found in the English; `unless`: not if this is found in either.
    """

    wrong: re.Pattern[str]
    right: str
    where: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Glossary:
    """`labels`: a fixed text, English to Korean; `readings`: how a Latin word is said in Korean."""

    terms: tuple[Term, ...]
    wordings: tuple[Wording, ...]
    labels: Mapping[str, str]
    readings: Mapping[str, str]


def read_glossary(path: Path) -> Glossary:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    terms = [
        Term(
            _words(entry["english"]),
            _words(entry["korean"]),
            _words(entry.get("never", [])),
            entry.get("loose", False),
        )
        for entry in data["terms"]
    ]
    # the longest first: Kubeflow Pipelines is no pipeline
    terms.sort(key=lambda term: -max(map(len, term.english)))
    readings = {word.lower(): reading for word, reading in data["readings"].items()}
    wordings = tuple(
        Wording(
            re.compile(entry["not"]),
            entry["but"],
            re.compile(entry["where"]) if "where" in entry else None,
            re.compile(entry["unless"], re.MULTILINE) if "unless" in entry else None,
        )
        for entry in data["wordings"]
    )
    return Glossary(tuple(terms), wordings, data["labels"], readings)


def wrong_in_style(english: str, korean: str, glossary: Glossary, marked: bool = True) -> list[str]:
    """What in a translated text is not as the Korean edition writes, one phrase each.

    In prose code is `marked` by backticks. In a message it is not: there a term that stands in the
    Korean as it stood in the English may be code.
    """
    plain = without_code(korean)
    return [
        *_labels(english, korean, glossary.labels),
        *_terms(without_code(english), plain, glossary.terms, marked),
        *wrong_wordings(english, plain, glossary.wordings),
        *_particles(korean, glossary.readings),
        *(() if marked else _after_placeholders(korean)),
        *(
            f"{found[0]!r} is not polite: statements end in -니다, requests in -세요"
            for found in PLAIN_ENDING.finditer(plain)
        ),
    ]


def wrong_in_figure(english: str, korean: str, glossary: Glossary) -> list[str]:
    """The same of a text in a figure. It may be one line of a sentence that another line ends, so
    the Korean of a term may stand in that one."""
    return [
        *_terms("", korean, glossary.terms, marked=True),
        *wrong_wordings(english, korean, glossary.wordings),
        *_particles(korean, glossary.readings),
    ]


def _labels(english: str, korean: str, labels: Mapping[str, str]) -> list[str]:
    return [
        f"{label!r} is {wanted!r}"
        for label, wanted in labels.items()
        if re.search(rf"(?m)^(#+ |\*\*){re.escape(label)}", english)
        and not re.search(rf"(?m)^(#+ |\*\*){re.escape(wanted)}", korean)
    ]


def _terms(english: str, korean: str, terms: Sequence[Term], marked: bool) -> list[str]:
    found = []
    for term in terms:
        uses = term.pattern.findall(english)
        said = any(word in korean for word in term.korean)
        if not marked:
            said = said or any(re.search(rf"(?<![\w.]){use}(?![a-z_.])", korean) for use in uses)
        if uses and not said and not term.loose:
            found.append(f"{term.english[0]!r} is {' or '.join(map(repr, term.korean))}")
        found += [
            f"not {word!r} but {term.korean[0]!r}"
            for word in term.never
            if re.search(rf"(?<![가-힣]){re.escape(word)}", korean)
        ]
        english = term.pattern.sub(" ", english)
    return found


def wrong_wordings(english: str, korean: str, wordings: Sequence[Wording]) -> list[str]:
    """What a Korean text, without its code, says in words that the glossary forbids."""
    return [
        f"{found[0].strip()!r} is not what we write, but: {wording.right}"
        for wording in wordings
        if (wording.where is None or wording.where.search(english))
        and not (wording.unless and wording.unless.search(f"{english}\n{korean}"))
        for found in wording.wrong.finditer(korean)
    ]


def _particles(korean: str, readings: Mapping[str, str]) -> list[str]:
    found = [f"{match[0]!r}: write the one that fits" for match in BOTH_FORMS.finditer(korean)]
    for match in PARTICLE.finditer(korean):
        word, particle = match[1], match[2]
        final = _final_consonant(word, readings)
        if final is not None and (wanted := _form(particle, final)) != particle:
            found.append(f"{match[0]!r}: after {word} it is {wanted!r}")
    return found


def _after_placeholders(message: str) -> list[str]:
    return [
        f"{match[0]!r}: what stands there may end in anything; put a noun between"
        for match in AFTER_PLACEHOLDER.finditer(message)
    ]


def _form(particle: str, final: int) -> str:
    """`final` is the number of the last consonant, 0 for none."""
    for after_consonant, after_vowel in PAIRS.items():
        if particle in (after_consonant, after_vowel):
            vowel = final == 0 or (after_vowel == "로" and final == RIEUL)
            return after_vowel if vowel else after_consonant
    return particle


def _final_consonant(word: str, readings: Mapping[str, str]) -> int | None:
    """That of the word as it is said in Korean; None if nobody knows how it is said."""
    last = re.split(r"[._-]", word.rstrip("._-"))[-1]
    reading = readings.get(word.lower()) or readings.get(last.lower())
    if reading:
        return (ord(reading[-1]) - HANGUL_SYLLABLES.start) % 28
    if last[-1:].isdigit():
        return _final_of(last[-1], DIGITS_WITH_CONSONANT, "178")
    if last.isupper():
        return _final_of(last[-1], LETTERS_WITH_CONSONANT, "LR")
    return None


def _final_of(character: str, with_consonant: frozenset[str], with_rieul: str) -> int:
    if character in with_rieul:
        return RIEUL
    return 1 if character in with_consonant else 0


def _words(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
