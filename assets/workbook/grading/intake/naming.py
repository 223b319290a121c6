"""What the names of handed-in files say: whose it is, which lesson, which hand-in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

# browsers save a notebook as text or JSON
NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)
# of browsers, JupyterLab, Windows ("x - 복사본 (2)"), macOS ("x 복사본 2") and Google ("x의 사본")
COPY = re.compile(r"([ _-]*(copy|복사본|의 사본|사본) ?(\d+|\(\d+\))?| ?\(\d+\))+$", re.IGNORECASE)
COPY_OF = re.compile(r"^(copy of |사본 ?- ?|복사본 ?- ?)+", re.IGNORECASE)  # Google, Windows
SEPARATORS = " _-.,"
TWO_DIGITS = re.compile(r"(?<![0-9A-Za-z])(\d\d)(?![0-9A-Za-z])")

# https://docs.moodle.org/en/Assignment_settings, "Download all submissions": with and without the
# folders that its option makes
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<rest>.*)", re.DOTALL)
# https://community.canvaslms.com, "How do I download all student submissions": user, file, -1 for
# what was handed in once more
CANVAS = re.compile(
    r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<id>\d{3,})_\d{3,}_(?P<rest>.+)", re.DOTALL
)
# https://help.blackboard.com, "Download assignments": the assignment, user, time, file
BLACKBOARD = re.compile(
    r".+_(?P<name>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<rest>.+)|\.txt)", re.DOTALL
)
# nbgrader/exchange: inbound/USER+ASSIGNMENT+TIME+SECRET/
NBGRADER = re.compile(
    r"(?P<name>[^+]+)\+[^+]+\+(?P<time>\d{4}-\d\d-\d\d [\d:]+)[\d. ]*(?P<zone>[^+]*)(\+.*)?"
)
AGAIN = re.compile(r"-(\d{1,3})$")

TITLE = re.compile(rb'"# ?(\d\d)\. ')
EXERCISE_IN_SOURCE = re.compile(rb'"exercise-(\d\d)-|check\(\\?["\'](\d\d)-(?:\d|quiz)')

LONGEST_MATCH = 40


@dataclass(frozen=True)
class Named:
    """`id` is the platform's number of the learner, if there is one; `again` orders hand-ins, by a
    count or a time; `late`: the platform says so; `time`: when it was, with the zone if the
    platform says that."""

    learner: str
    id: str = ""
    again: int = 0
    late: bool = False
    time: datetime | None = None


def is_notebook(name: str) -> bool:
    return NOTEBOOK.search(name) is not None


def who(parts: tuple[str, ...], lessons: Mapping[str, str]) -> Named:
    """Whose file it is: `parts` are the folders and the name of the file, seen from the folder of
    the batch. Folders count more than the file's name, which anybody can give; a platform's pattern
    more than a plain name. Of a file without a folder, what its name says besides the lesson; "" if
    it says nothing."""
    for part in parts[:-1] or parts:
        if named := _by_platform(part):
            return named
    if len(parts) > 1:
        return Named(parts[0])
    name = _without_copies(_stem(parts[0]))
    for pattern in _patterns(lessons):
        name, found = pattern.subn("_", name, count=1)
        if found:
            break
    words = [word.strip(SEPARATORS) for word in name.split("_")]
    return Named("_".join(word for word in words if word))


def _by_platform(part: str) -> Named | None:
    if match := MOODLE.fullmatch(part):
        return Named(match["name"], match["id"])
    if match := BLACKBOARD.fullmatch(part) or NBGRADER.fullmatch(part):
        digits = re.sub(r"\D", "", match["time"])
        zone = match.groupdict().get("zone") or ""
        return Named(match["name"], again=int(digits), time=_time(digits, zone))
    if match := CANVAS.fullmatch(part):
        again = AGAIN.search(_stem(match["rest"]))
        count, late = int(again[1]) if again else 0, bool(match["late"])
        return Named(match["name"], match["id"], count, late)
    return None


def _time(digits: str, zone: str) -> datetime | None:
    """Of YYYYMMDDhhmmss; None for what is no time. An unknown zone is the machine's."""
    try:
        found = datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=ZoneInfo(zone)) if zone else found
    except (ValueError, KeyError, OSError):
        return found


def _without_copies(stem: str) -> str:
    return COPY.sub("", COPY_OF.sub("", stem))


def lesson_in_name(name: str, lessons: Mapping[str, str]) -> str:
    """The lesson that the name of a file says; "" if none or more than one.

    `lessons`: number -> the rest of its file name, like "compile_and_inspect".
    """
    if match := MOODLE.fullmatch(name):
        name = match["rest"]
    if match := BLACKBOARD.fullmatch(name):
        name = match["rest"] or ""
    stem = _without_copies(_stem(name))
    if match := CANVAS.fullmatch(stem):
        stem = AGAIN.sub("", match["rest"])
    numbers = {number for number in TWO_DIGITS.findall(stem.replace("_", " ")) if number in lessons}
    named = {number for number, words in lessons.items() if _words(words).search(stem)}
    found = named or numbers
    if named and numbers and not named & numbers:
        return ""
    return found.pop() if len(found) == 1 else ""


def lesson_in_content(chunks: Iterable[bytes], lessons: Iterable[str]) -> str:
    """The lesson of a notebook, from pieces of its text: by its title, else by most of the
    exercises in it; "" if it can't be told. Stops at the title."""
    known = {number.encode() for number in lessons}
    counts: dict[bytes, int] = {}
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        for match in TITLE.finditer(text):
            if match[1] in known:
                return match[1].decode()
        counted = 0
        for match in EXERCISE_IN_SOURCE.finditer(text):
            number, counted = match[1] or match[2], match.end()
            counts[number] = counts.get(number, 0) + (number in known)
        rest = text[max(counted, len(text) - LONGEST_MATCH) :]  # which may be cut in two
    best = sorted(counts, key=counts.__getitem__)[-2:]
    if not best or (len(best) == 2 and counts[best[0]] == counts[best[1]]):
        return ""
    return best[-1].decode() if counts[best[-1]] else ""


def _stem(name: str) -> str:
    return NOTEBOOK.sub("", name) if is_notebook(name) else name.rpartition(".")[0] or name


def _words(words: str) -> re.Pattern[str]:
    return re.compile("[ _-]*".join(map(re.escape, words.split("_"))), re.IGNORECASE)


def _patterns(lessons: Mapping[str, str]) -> Iterable[re.Pattern[str]]:
    """What in a name is the lesson: number and words, words, number."""
    for number, words in lessons.items():
        yield re.compile(rf"{number}[ _-]*{_words(words).pattern}", re.IGNORECASE)
    for words in lessons.values():
        yield _words(words)
    for number in lessons:
        yield re.compile(rf"(?<![0-9A-Za-z]){number}(?![0-9A-Za-z])")
