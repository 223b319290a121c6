"""The bytes of a submission, and what tells it from others."""

from __future__ import annotations

import os
import stat
from hashlib import sha256

from workbook.grading.facts.record import (
    TOO_LARGE,
    UNREADABLE,
    Refusal,
    Submission,
)
from workbook.language import _

MAX_BYTES = 20 * 1024 * 1024


def read(submission: Submission) -> bytes | Refusal:
    """The bytes of a submission, without following a link or waiting for a pipe."""
    if submission.refusal:
        return submission.refusal
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(submission.path, flags)
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return Refusal(UNREADABLE, _("This is no file."))
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Refusal(UNREADABLE, _("The file can't be read: {why}").format(why=error.strerror))
    if len(data) > MAX_BYTES:
        text = _("The file has more than {most:,} bytes.").format(most=MAX_BYTES)
        return Refusal(TOO_LARGE, text)
    return data


def key(submission: Submission, data: bytes | Refusal) -> str:
    """The same for the same learner, lesson and content, in every batch."""
    content = data if isinstance(data, bytes) else submission.file.encode("utf-8", "replace")
    names = f"{submission.learner}\0{submission.lesson}\0".encode("utf-8", "replace")
    return sha256(names + sha256(content).digest()).hexdigest()[:32]
