"""What was handed in: a folder per learner, a flat folder with names, or a zip of either.

`sources` lists the files, `naming` reads their names; here the files become submissions: at most
one of each learner and lesson, and a refusal instead of a learner who vanishes.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from workbook.authoring.lessons import find_lessons
from workbook.grading.facts.plain import JOINERS, plain_line
from workbook.grading.facts.record import UNKNOWN_LESSON, UNREADABLE, Refusal, Refused, Submission
from workbook.grading.intake.naming import (
    Named,
    is_notebook,
    lesson_in_content,
    lesson_in_name,
    who,
)
from workbook.grading.intake.sources import (
    CHUNK,
    Entry,
    Listing,
    SourceError,
    listed,
    shown,
)
from workbook.language import _

LOOKED_AT = 8 * 1024 * 1024  # bytes of a notebook whose name doesn't say its lesson
MOST_OF_ONE = 100  # notebooks of one learner
NAMED_IN_A_NOTE = 3


class IntakeError(ValueError):
    """There is nothing to grade, or it can't be read. The message is a sentence."""


@dataclass(frozen=True)
class Intake:
    """`submissions` by learner and lesson; `notes` are what was left out, a sentence each."""

    submissions: tuple[Submission, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    entry: Entry
    named: Named
    lesson: str = ""


def find_submissions(source: Path, work: Path) -> Intake:
    """The submissions in a folder or zip.

    `work` is an empty folder of ours: what lies in a zip is unpacked there, under names of ours.
    No link is followed, and no notebook is read whole. Raises IntakeError.
    """
    lessons = {lesson.number: lesson.file_name[3:-6] for lesson in find_lessons()}
    try:
        with listed(source, work) as listing:
            fallback = plain_line(source.absolute().name.removesuffix(".zip"))
            top = _wrapper(listing.entries, lessons)
            files = [_file(entry, top, fallback, lessons) for entry in listing.entries]
            notes = [*listing.notes, *_empty(listing, top)]
            submissions: list[Submission] = []
            for learner, of_learner in _by_learner(files):
                if any(_handed_in(file, top) for file in of_learner):
                    submissions += _of_one(learner, of_learner, lessons)
                else:
                    text = _("{file}: left out: no notebook")
                    notes += [text.format(file=shown(file.entry.parts)) for file in of_learner]
    except SourceError as error:
        raise IntakeError(str(error)) from None
    if not submissions:
        text = _("there is no notebook in {name}").format(name=plain_line(str(source)))
        raise IntakeError("; ".join([text, *notes]))
    return Intake(tuple(_with_twins_noted(submissions)), tuple(notes))


# ---- whose ---------------------------------------------------------------------------------------


def _wrapper(entries: Sequence[Entry], lessons: Mapping[str, str]) -> int:
    """How many folders at the top are only wrapped around the batch, as a zip often has one.

    Folders that all files share are such if there are several folders in them, or files with
    several names; otherwise they are those of a single learner.
    """
    levels = zip(*(entry.parts[:-1] for entry in entries), strict=False)
    wrapped = len(list(takewhile(lambda level: len(set(level)) == 1, levels)))
    below = [entry.parts[wrapped:] for entry in entries]
    folders = {parts[0] for parts in below if len(parts) > 1}
    names = {who(parts, lessons) for parts in below if len(parts) == 1 and is_notebook(parts[0])}
    inner = {named.learner for named in names if named.learner}
    return wrapped if len(folders) > 1 or len(inner) > 1 else 0


def _file(entry: Entry, top: int, fallback: str, lessons: Mapping[str, str]) -> _File:
    named = who(entry.parts[top:], lessons)
    if not named.learner:  # a folder of somebody's own notebooks
        named = replace(named, learner=fallback)
    lesson = lesson_in_name(entry.parts[-1], lessons)
    return _File(entry, named, lesson)


def _by_learner(files: Iterable[_File]) -> Iterator[tuple[str, list[_File]]]:
    """Each learner's files, by a name for people that no other learner of the batch has."""
    groups: dict[tuple[str, str], list[_File]] = defaultdict(list)
    for file in files:
        groups[file.named.learner, file.named.id].append(file)
    shared: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for who_ in sorted(groups):
        shared[plain_line(who_[0], limit=100) or "?"].append(who_)
    taken = {name for name, identities in shared.items() if len(identities) == 1}
    for name, identities in sorted(shared.items()):
        for number, identity in enumerate(identities, start=1):
            label = name
            if len(identities) > 1:
                label = f"{name} ({identity[1] or number})"
                while label in taken:
                    number += 1
                    label = f"{name} ({number})"
                taken.add(label)
            yield label, groups[identity]


def _empty(listing: Listing, top: int) -> list[str]:
    """The learners' folders without a file."""
    full = {entry.parts[: top + 1] for entry in listing.entries}
    of_learners = {folder for folder in listing.folders if len(folder) == top + 1}
    text = _("{folder}: nothing was handed in")
    return [text.format(folder=shown(folder)) for folder in sorted(of_learners - full)]


def _handed_in(file: _File, top: int) -> bool:
    """Whether it is some learner's, notebook or not: what just lies around is none."""
    in_a_folder = len(file.entry.parts) > top + 1
    return _is_notebook(file) or in_a_folder or bool(file.named.id or file.lesson)


# ---- which ---------------------------------------------------------------------------------------


def _is_notebook(file: _File) -> bool:
    return is_notebook(file.entry.parts[-1])


def _of_one(
    learner: str, files: Sequence[_File], lessons: Mapping[str, str]
) -> Iterator[Submission]:
    """The submissions of one learner."""
    notebooks = list(filter(_is_notebook, files))
    if not notebooks:
        text = _("there is no notebook, but {files}").format(files=_names(files))
        yield _refused(learner, files[0], Refusal(UNREADABLE, text))
        return
    by_lesson: dict[str, list[_File]] = defaultdict(list)
    for file in notebooks[:MOST_OF_ONE]:
        by_lesson[file.lesson or _look_inside(file, lessons)].append(file)
    unknown = by_lesson.pop("", []) + notebooks[MOST_OF_ONE:]
    for lesson, candidates in sorted(by_lesson.items()):
        yield _newest(learner, lesson, candidates)
    if unknown:
        text = _("the lesson can't be told, not by the name and not by what is in it: {files}")
        text = text.format(files=_names(unknown))
        yield _refused(learner, unknown[0], Refusal(UNKNOWN_LESSON, text))


def _look_inside(file: _File, lessons: Mapping[str, str]) -> str:
    try:
        with file.entry.read() as stream:
            pieces = (stream.read(CHUNK) for _ in range(LOOKED_AT // CHUNK))
            return lesson_in_content(iter(lambda: next(pieces, b""), b""), lessons)
    except Refused:
        return ""


def _newest(learner: str, lesson: str, candidates: Sequence[_File]) -> Submission:
    """The one that is graded: of those that can be had, what was handed in last."""
    order = sorted(candidates, key=lambda f: (f.named.again, f.entry.time, f.entry.parts))
    refusals = []
    for position, file in reversed(list(enumerate(order))):
        try:
            path = file.entry.fetch()
        except Refused as refused:
            refusals.append((file, refused.refusal))
            continue
        rest = [other for other in order if other is not file]
        not_taken = _("{file} was not taken: {reason}")
        notes = [not_taken.format(file=_names([f]), reason=why.text) for f, why in refusals]
        if file.named.late:
            notes.append(_("late, says the learning platform"))
        if position:
            text = _("the newest of {count} was graded; the others: {files}")
            notes.append(text.format(count=len(order), files=_names(rest)))
        name = shown(file.entry.parts)
        return _named(Submission(learner, lesson, path, name, tuple(notes)), file)
    return replace(_refused(learner, *refusals[0]), lesson=lesson)


def _refused(learner: str, file: _File, refusal: Refusal) -> Submission:
    name = shown(file.entry.parts)
    return _named(Submission(learner, file.lesson, Path(), name, refusal=refusal), file)


def _named(submission: Submission, file: _File) -> Submission:
    """With what the platform calls the learner, for the way back."""
    named = file.named
    name = plain_line(named.learner, limit=200) if named.id else ""
    return replace(
        submission, platform_id=named.id, platform_name=name, handed_in=_handed_in_at(file)
    )


def _handed_in_at(file: _File) -> str:
    """As the platform says, else the file's own time; "" for a zip without one."""
    time = file.named.time or file.entry.when
    return time.astimezone().replace(tzinfo=None).isoformat(timespec="seconds") if time else ""


def _names(files: Sequence[_File]) -> str:
    names = [shown(file.entry.parts) for file in files[:NAMED_IN_A_NOTE]]
    more = len(files) - len(names)
    listed_names = ", ".join(names)
    if not more:
        return listed_names
    return _("{files} and {count} more").format(files=listed_names, count=more)


# ---- alike ---------------------------------------------------------------------------------------


def _with_twins_noted(submissions: Sequence[Submission]) -> Iterator[Submission]:
    """Two learners whose names can't be told apart by eye stay two, and both are told."""
    alike: dict[str, set[str]] = defaultdict(set)
    for submission in submissions:
        alike[_looks(submission.learner)].add(submission.learner)
    for submission in submissions:
        if len(alike[_looks(submission.learner)]) > 1:
            note = _("another learner of this batch has a name that looks the same")
            submission = replace(submission, notes=(*submission.notes, note))
        yield submission


def _looks(name: str) -> str:
    visible = "".join(character for character in name if character not in JOINERS)
    return " ".join(unicodedata.normalize("NFKC", visible).casefold().split())
