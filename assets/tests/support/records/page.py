"""The page *what localkfp does otherwise than a cluster*: `meant.yaml` as a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import localkfp
from tests.support.records.book import records
from tests.support.records.meant import Kind, kinds, open_records

FILE = Path(localkfp.__file__).with_name("DIFFERENCES.md")
HEAD = """# What localkfp does otherwise than a cluster

{total} small Workflows were run on a genuine Kubeflow Pipelines 1.8.5 with Argo 3.3.8, and what it
answered was written down: what is accepted, each node, each message, each log. The tests play every
one of them on localkfp and compare. {equal} of them are the same to the letter; {other} differ in
what is listed here, and {open} in more, which is to be mended: `open.txt` in
`assets/tests/support/records`. This page is made of `meant.yaml` there, by
`python -m tests.support.records --page`.
"""


def page() -> str:
    """Markdown."""
    unmended = open_records()
    named = {name for kind in kinds("records") for name in kind.records} - unmended
    total = len(records())
    equal = total - len(named) - len(unmended)
    head = HEAD.format(total=total, equal=equal, other=len(named), open=len(unmended))
    rows = [
        "| what | on the cluster | here | why | records |",
        "| --- | --- | --- | --- | --- |",
        *_rows(kinds("everywhere")),
        *_rows(kinds("records")),
    ]
    return head + "\n" + "\n".join(rows) + "\n"


def _rows(part: Iterable[Kind]) -> Iterable[str]:
    for kind in part:
        names = ", ".join(f"`{name}`" for name in kind.records) or "all"
        cells = (kind.kind, kind.there, kind.here, kind.reason, names)
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
