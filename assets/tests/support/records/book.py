"""The records: packages that `kfp.Client` sent to a genuine cluster, and what it answered.

One JSON text a line, gzipped: `name`; `ask`, the question of the record; `file` and `text` (or
`base64`), the package; `send`, how it was sent; `answer`, everything that came back:

    upload, run        ok, status (HTTP), error (the body as text)
    history            the run's status, each change that polling saw
    api                the run at its end: status, error, parameters, references, ...
    workflow           the live Workflow: metadata, spec without templates, status whole
    logs               node id -> text of the endpoint for logs; Argo's own lines hold `argo=true`
    artifacts          node id/artifact -> size, hash and head, or the members of a tar
    before_terminate   status and nodes at the moment before the run was terminated
    before_kill        the same for a run that would not end
    first, then        the run before it was retried or terminated once more, and that answer

KFP 1.8.5 with Argo v3.3.8 (emissary), one node; the records of KFP 2.17.0 with Argo v4.0.5 have the
answers alone. Images are stand-ins there too: Debian's Python 3.11, busybox.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "records"
OLD, NEW = "kfp-1.8.5", "kfp-2.17.0"


@dataclass(frozen=True)
class Record:
    """`send`: args, via (`upload`: run by the pipeline's id), twice, then (`retry`, `terminate`),
    upload_name, run_name, upload_twice."""

    name: str
    ask: str
    file: str
    package: bytes
    send: dict[str, Any]
    answer: dict[str, Any]


@cache
def records() -> dict[str, Record]:
    """The records of KFP 1.8.5 by name."""
    return {
        row["name"]: Record(
            name=row["name"],
            ask=row["ask"],
            file=row["file"],
            package=row["text"].encode() if "text" in row else base64.b64decode(row["base64"]),
            send=row["send"],
            answer=row["answer"],
        )
        for row in _rows(OLD)
    }


@cache
def answers(version: str) -> dict[str, dict[str, Any]]:
    """What that version of KFP answered, by the record's name."""
    return {row["name"]: row["answer"] for row in _rows(version)}


def _rows(version: str) -> list[dict[str, Any]]:
    text = gzip.decompress((FOLDER / f"{version}.jsonl.gz").read_bytes())
    return [json.loads(line) for line in text.decode().split("\n") if line]
