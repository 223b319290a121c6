"""What a Pod of the pipeline runs: `python3 -m workbook.grading.cluster.step`, and which step."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from workbook.grading.batch.desk import Desk
from workbook.grading.batch.marking import Marked, refused
from workbook.grading.cluster import handover, parcel
from workbook.grading.cluster.parcel import Batch
from workbook.grading.cluster.store import BatchStoreError, Store
from workbook.grading.facts.record import GRADER_ERROR, Refusal, Submission
from workbook.grading.reports.table import grades_csv
from workbook.grading.rubric.rubric import TRIALS, RubricError, read_rubric
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.inside.keeper import sweep
from workbook.grading.sandbox.session import WorkerLost
from workbook.grading.sandbox.warm import Hearth, Unisolated, first_of
from workbook.language import _, speak

MOST_SHARES = 2000  # whose numbers are a parameter, of 10,000 bytes at most
MOST_TIMES = 2  # that a submission may end its Pod; then it is a person's


def intake(store: Store, shares: int) -> tuple[list[int], int]:
    """The numbers of the shares that have something to grade, and how many shares there are: as
    many as submissions where bubblewrap doesn't work, since a Pod is the only wall then.

    Raises BatchStoreError, Unisolated, WorkerLost.
    """
    batch = parcel.read_batch(store)
    if not _isolated(batch):
        shares = len(batch.submissions)
        if shares > MOST_SHARES:
            text = _(
                "Without bubblewrap each of {count} submissions needs a Pod of its own, and at "
                "most {most} are possible: grade lesson by lesson."
            )
            raise Unisolated(text.format(count=shares, most=MOST_SHARES))
    done = parcel.graded(store)
    waiting = [
        number
        for number in range(shares)
        if any(key not in done for key in _share(batch, number, shares))
    ]
    return waiting, shares


def share(store: Store, number: int, of: int, jobs: int) -> int:
    """Grade what of a share has no Record yet; how many these were.

    What ended its Pod before is begun last and alone, and what did so twice is a person's: so it
    costs nobody else a grade. Raises BatchStoreError, RubricError, WorkerLost and OSError.
    """
    batch = parcel.read_batch(store)
    done, times = parcel.graded(store), parcel.begun(store)
    keys = [key for key in _share(batch, number, of) if key not in done]
    for key in [key for key in keys if times[key] >= MOST_TIMES]:
        text = _("It ended the Pod that graded it, {count} times.").format(count=times[key])
        record = refused(batch.submissions[key], Refusal(GRADER_ERROR, text), batch.seed).record
        parcel.put_marked(store, Marked(replace(record, key=key)))
        keys.remove(key)
    fresh = [key for key in keys if not times[key]]
    with tempfile.TemporaryDirectory(prefix="workbook-share-") as folder:
        work = Path(folder)
        here = _fetch(store, batch, keys, work)
        by_path = {submission.path: key for key, submission in here.items()}
        layout = bubblewrap.lay_out(work / "layout")

        def begins(submission: Submission) -> None:
            key = by_path[submission.path]
            parcel.begin(store, key, times[key] + 1)

        def run(chosen: Sequence[str], at_once: int) -> None:
            hearth = Hearth(layout, batch.isolation)
            rubric = read_rubric(batch.rubric, TRIALS)
            desk = Desk(hearth, rubric, Limits(), batch.seed, begins)
            with closing(desk.marked([here[key] for key in chosen], at_once)) as marked:
                for each in marked:
                    parcel.put_marked(store, _told(each, hearth.isolated))

        try:
            if fresh:
                run(fresh, min(jobs, len(fresh)))
            for key in keys:
                if times[key]:
                    run([key], 1)
        finally:
            sweep(work)
    return len(keys)


def gather(store: Store) -> str:
    """The table of all grades, for whoever looks at the run. Raises BatchStoreError."""
    marked = parcel.get_marked(store, sorted(parcel.graded(store)))
    return grades_csv([each.record for each in marked])


def _share(batch: Batch, number: int, of: int) -> list[str]:
    return sorted(batch.submissions)[number::of]


def _isolated(batch: Batch) -> bool:
    with tempfile.TemporaryDirectory(prefix="workbook-intake-") as folder:
        warm = first_of(bubblewrap.lay_out(Path(folder) / "layout"), batch.isolation)
        warm.stop()
        return warm.isolated


def _fetch(store: Store, batch: Batch, keys: Sequence[str], work: Path) -> dict[str, Submission]:
    """Key -> the submission, its file in `work`."""
    found = {}
    for key in keys:
        path = work / f"{key}.ipynb"
        path.write_bytes(store.get([f"submissions/{key}"])[f"submissions/{key}"])
        found[key] = replace(batch.submissions[key], path=path)
    return found


def _told(marked: Marked, isolated: bool) -> Marked:
    """With a note where a Pod was the only wall."""
    if isolated:
        return marked
    note = _("graded in a Pod without bubblewrap")
    record = marked.record
    return replace(marked, record=replace(record, notes=(*record.notes, note)))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="step")
    parser.add_argument("step", choices=("intake", "share", "gather"))
    parser.add_argument("--store", required=True)
    parser.add_argument("--number", type=int, default=0)
    parser.add_argument("--of", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--numbers-to", type=Path)
    parser.add_argument("--of-to", type=Path)
    parser.add_argument("--table-to", type=Path)
    chosen = parser.parse_args(arguments)
    handover.take(os.environ, handover.HANDED_OVER)
    try:
        store = Store(chosen.store)
        speak(parcel.read_batch(store).language)
        if chosen.step == "intake":
            numbers, of = intake(store, chosen.of)
            print(
                _("{count} of {of} shares have something to grade").format(
                    count=len(numbers), of=of
                )
            )
            _write(chosen.numbers_to, json.dumps(numbers))
            _write(chosen.of_to, str(of))
        elif chosen.step == "share":
            count = share(store, chosen.number, chosen.of, chosen.jobs)
            print(_("{count} graded").format(count=count))
        else:
            _write(chosen.table_to, gather(store))
    except (BatchStoreError, RubricError, Unisolated, WorkerLost) as error:
        print(f"workbook: {error}", file=sys.stderr)
        return 1
    return 0


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
