"""A batch as it lies in a store: what is to be graded, and what came of it.

    batch.json          what all are asked, and of whom each submission is
    submissions/KEY     a notebook as it was handed in
    begun/KEY-N         the N-th time that it was begun
    records/KEY.json    the Record
    notebooks/KEY.ipynb the notebook as it was run

KEY is that of a Record: no name that a learner gave is a name here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat

from workbook.grading.batch.marking import Marked
from workbook.grading.cluster.store import BatchStoreError, Store
from workbook.grading.facts.record import RecordError, Submission, from_json, to_json
from workbook.language import _

BATCH = "batch.json"


@dataclass(frozen=True)
class Batch:
    """`id` is that of the folder of results; `submissions`: key -> whose it is; their `path` is
    nowhere yet. `rubric` is the rubric's text."""

    id: str
    seed: int
    rubric: str
    language: str
    isolation: str
    submissions: Mapping[str, Submission]


def write_batch(store: Store, batch: Batch, contents: Mapping[str, bytes]) -> None:
    """Raises BatchStoreError, also when another batch lies there."""
    known = store.read(BATCH)
    if known is not None and _id(known) != batch.id:
        text = _("{url} holds another batch. Name another --store.")
        raise BatchStoreError(text.format(url=store.shown))
    there = set(store.names("submissions"))
    store.put({f"submissions/{key}": data for key, data in contents.items() if key not in there})
    table = asdict(batch)
    for submission in table["submissions"].values():
        del submission["path"], submission["refusal"]
    store.put({BATCH: json.dumps(table).encode()})


def open_to_pods(folder: Path) -> None:
    """Let the user of the Pods write their results there. Raises BatchStoreError."""
    try:
        for name in ("begun", "records", "notebooks"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name).chmod(0o777)
    except OSError as error:
        text = _("The store {url} can't be used: {reason}")
        raise BatchStoreError(text.format(url=folder, reason=error.strerror)) from None


def read_batch(store: Store) -> Batch:
    """Raises BatchStoreError."""
    data = store.read(BATCH)
    if data is None:
        text = _("There is no batch in {url}: `workbook grade --on` puts one there.")
        raise BatchStoreError(text.format(url=store.shown))
    try:
        table = json.loads(data)
        submissions = {
            key: Submission(**(each | {"path": Path(), "notes": tuple(each["notes"])}))
            for key, each in table.pop("submissions").items()
        }
        return Batch(**table, submissions=submissions)
    except (ValueError, TypeError, KeyError, AttributeError):
        text = _("{url} is no batch of this version of the workbook.")
        raise BatchStoreError(text.format(url=f"{store.shown}/{BATCH}")) from None


def graded(store: Store) -> set[str]:
    """The keys of those that have a Record."""
    return {name.removesuffix(".json") for name in store.names("records")}


def begun(store: Store) -> Counter[str]:
    """How often each was begun."""
    return Counter(name.rpartition("-")[0] for name in store.names("begun"))


def begin(store: Store, key: str, time: int) -> None:
    store.put({f"begun/{key}-{time}": b""})


def put_marked(store: Store, marked: Marked) -> None:
    """The notebook first: with its Record a submission is done."""
    key = marked.record.key
    if marked.notebook is not None:
        text = json.dumps(marked.notebook, ensure_ascii=False)  # nbformat would sort the keys
        store.put({f"notebooks/{key}.ipynb": text.encode("utf-8", "replace")})
    store.put({f"records/{key}.json": to_json(marked.record).encode()})


def get_marked(store: Store, keys: Sequence[str]) -> list[Marked]:
    """Raises BatchStoreError, also for what is no Record."""
    records = store.get([f"records/{key}.json" for key in keys])
    ran = set(store.names("notebooks"))
    notebooks = store.get([f"notebooks/{key}.ipynb" for key in keys if f"{key}.ipynb" in ran])
    found = []
    for key in keys:
        notebook = notebooks.get(f"notebooks/{key}.ipynb")
        try:
            record = from_json(records[f"records/{key}.json"])
            node = None if notebook is None else nbformat.from_dict(json.loads(notebook))
        except (RecordError, ValueError) as error:
            text = _("{url} is no result of this version of the workbook: {error}")
            url = f"{store.shown}/records/{key}.json"
            raise BatchStoreError(text.format(url=url, error=error)) from None
        found.append(Marked(record, node))
    return found


def forget(store: Store, keys: Sequence[str]) -> None:
    """What came of these, so that they are graded anew."""
    times = [f"begun/{name}" for name in store.names("begun") if name.rpartition("-")[0] in keys]
    store.remove([*times, *(f"records/{key}.json" for key in keys)])


def _id(data: bytes) -> str:
    try:
        return str(json.loads(data)["id"])
    except (ValueError, KeyError, TypeError):
        return ""
