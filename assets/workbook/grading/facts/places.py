"""Where the results of a batch lie, relative to the folder that holds them."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

GRADES = "grades.csv"
REPORT = "report.html"
FEEDBACK = "feedback"  # for the learners
EXECUTED = "executed"  # for the instructor, until the batch is closed: it shows what was drawn
CLOSED = "closed"
NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
NAME_LENGTH = 40


def learner_folder(learner: str) -> str:
    """The folder of a learner, from a name that may hold anything: `feedback/kim-min-3fa9c21b`.

    What can't be in a file name everywhere is left out, so a digest tells learners apart.
    """
    ascii_ = unicodedata.normalize("NFKD", learner).encode("ascii", "ignore").decode().lower()
    slug = NOT_IN_A_NAME.sub("-", ascii_)[:NAME_LENGTH].strip("-") or "learner"
    return f"{FEEDBACK}/{slug}-{_digest(learner)}"


def stem(learner: str, lesson: str, file: str) -> str:
    """Where the page of a submission lies, without the ending: `feedback/kim-min-3fa9c21b/04`.
    `file` tells those without a lesson apart."""
    if not re.fullmatch("[0-9]{2}", lesson):
        lesson = f"unknown-{_digest(file)}"
    return f"{learner_folder(learner)}/{lesson}"


def executed(learner: str, lesson: str, file: str) -> str:
    """Where the notebook as it was run lies, and its page, without the ending."""
    return EXECUTED + stem(learner, lesson, file).removeprefix(FEEDBACK)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
