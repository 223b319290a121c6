"""`workbook grade-pipeline`: write the pipeline that grades a batch."""

from __future__ import annotations

import argparse

from workbook.command.failure import fail
from workbook.grading.cluster.pipeline import write
from workbook.language import _


def run(chosen: argparse.Namespace) -> int:
    try:
        write(chosen.shares, chosen.image, chosen.file)
    except OSError as error:
        text = _("{file} can't be written: {reason}")
        return fail(text.format(file=chosen.file, reason=error.strerror))
    print(_("{file}: its parameter batch is the store's URL").format(file=chosen.file))
    return 0
