"""`workbook grade-pipeline`: write the pipeline that grades a batch."""

from __future__ import annotations

import argparse

from workbook.command.failure import fail
from workbook.grading.cluster.claim import MOUNTED, is_a_name
from workbook.grading.cluster.pipeline import write
from workbook.grading.facts.plain import plain_line
from workbook.language import _


def run(chosen: argparse.Namespace) -> int:
    if chosen.claim and not is_a_name(chosen.claim):
        return fail(_("{name} is no name of a claim.").format(name=plain_line(chosen.claim)))
    try:
        write(chosen.shares, chosen.image, chosen.file, chosen.claim)
    except OSError as error:
        text = _("{file} can't be written: {reason}")
        return fail(text.format(file=chosen.file, reason=error.strerror))
    text = _("{file}: its parameter batch is the store's URL")
    if chosen.claim:
        text = _("{file}: its parameter batch is {url}, a folder of the claim {name}")
    url = f"file://{MOUNTED}/FOLDER"
    print(text.format(file=chosen.file, url=url, name=chosen.claim))
    return 0
