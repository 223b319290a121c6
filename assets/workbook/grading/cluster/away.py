"""From this machine: send a batch, have it graded by a pipeline, fetch what comes as it comes."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from workbook.grading.batch.job import Job, Unfinished
from workbook.grading.batch.marking import Marked, refused
from workbook.grading.cluster import parcel
from workbook.grading.cluster.claim import Claim, claimed
from workbook.grading.cluster.parcel import Batch
from workbook.grading.cluster.pipeline import IMAGE, PYTHON, packaged, workflow
from workbook.grading.cluster.store import Store
from workbook.grading.facts.plain import plain_line
from workbook.grading.facts.record import Refusal
from workbook.grading.intake.content import key, read
from workbook.grading.rubric.rubric import RUBRIC
from workbook.grading.sandbox.warm import ALWAYS
from workbook.language import _, spoken

STORED = "store.json"  # in the folder of results: which batch this is, and its last run
LOOK_SECONDS = 2.0
NOT_ENDED = (None, "", "Pending", "Running")
NAMED = 3
EXITED = re.compile(r"Error \(exit code \d+\)")  # that says nothing of why: the log does
GRADED_AT_ONCE = 50  # fetched together


class ClusterError(RuntimeError):
    """Kubeflow Pipelines does not do what it is asked. The message is a sentence."""


@dataclass(frozen=True)
class Away:
    """Grades on the Kubeflow Pipelines at `host`, in `shares`, through a `store`: the URL of one,
    or of a claim (`claim`)."""

    host: str
    store: str
    shares: int
    image: str = IMAGE
    program: tuple[str, ...] = PYTHON

    def __call__(self, job: Job) -> Generator[Marked, None, None]:
        """What comes of each, as it comes. Raises BatchStoreError, ClusterError, and Unfinished
        when the run is over and some are missing."""
        client = _client(self.host)
        claim = claimed(self.store)
        store = Store(claim.here if claim else self.store)
        contents: dict[str, bytes] = {}
        submissions = {}
        for each in job.submissions:
            data = read(each)
            if isinstance(data, Refusal):
                yield refused(each, data, job.seed)
            else:
                contents[key(each, data)] = data
                submissions[key(each, data)] = each
        if not contents:
            return
        known = _remembered(job.out)
        batch = Batch(
            known.get("id") or uuid4().hex,
            job.seed,
            RUBRIC.read_text(encoding="utf-8"),
            spoken(),
            ALWAYS if claim else job.isolation,  # a claim is seen by all that runs in a Pod
            submissions,
        )
        # before it lies in the store: who may create no runs yet comes again with the same batch
        _remember(job.out, {"id": batch.id, "run": known.get("run", "")})
        if claim:
            parcel.open_to_pods(claim.folder)
        parcel.write_batch(store, batch, contents)
        if job.anew:
            parcel.forget(store, list(contents))
        run_id = _still_running(client, known.get("run", "")) or self._submit(client, claim)
        _remember(job.out, {"id": batch.id, "run": run_id})
        missing = yield from _fetched(client, run_id, store, set(contents))
        if missing:
            raise Unfinished(_why(client, run_id, len(missing)))

    def _submit(self, client: Any, claim: Claim | None) -> str:
        name = claim.name if claim else ""
        made = packaged(workflow(self.shares, self.image, self.program, name))
        batch = claim.in_pods if claim else self.store
        try:
            run = client.create_run_from_pipeline_package(
                str(made), arguments={"batch": batch}, run_name="grade a batch"
            )
        except Exception as error:
            raise ClusterError(_said(error, self.host)) from None
        finally:
            made.unlink()
            made.parent.rmdir()
        return str(run.run_id)


def _client(host: str) -> Any:
    import kfp

    try:
        client = kfp.Client(host=host)
        client.get_kfp_healthz()
    except Exception as error:
        raise ClusterError(_said(error, host)) from None
    return client


def _said(error: Exception, host: str) -> str:
    """What an API server or the way to it said, in a sentence."""
    status = getattr(error, "status", None)
    if status in (401, 403):
        text = _("You may not create runs at {host}: ask for the rights, or bring a token.")
        return text.format(host=host)
    reason = getattr(error, "body", None) or str(error)
    if isinstance(reason, str) and reason.startswith("{"):
        with contextlib.suppress(ValueError):
            reason = json.loads(reason).get("error") or reason
    text = _("Kubeflow Pipelines at {host} can't be used: {reason}")
    return text.format(host=host, reason=plain_line(str(reason)))


def _still_running(client: Any, run_id: str) -> str:
    """The run of before, if it goes on: this grading was stopped, and it was not."""
    if not run_id:
        return ""
    try:
        status = client.get_run(run_id).run.status
    except Exception:  # it is of another host, or was deleted
        return ""
    return run_id if status in NOT_ENDED else ""


def _fetched(
    client: Any, run_id: str, store: Store, keys: set[str]
) -> Generator[Marked, None, set[str]]:
    """Yield what has been graded until all are, or the run is over. Returns who is missing."""
    left = set(keys)
    while left:
        status = _status(client, run_id)  # before looking: what is there at the end is seen
        there = sorted(left & parcel.graded(store))
        for start in range(0, len(there), GRADED_AT_ONCE):
            yield from parcel.get_marked(store, there[start : start + GRADED_AT_ONCE])
        left -= set(there)
        if left and status not in NOT_ENDED:
            break
        if left:
            time.sleep(LOOK_SECONDS)
    return left


def _status(client: Any, run_id: str) -> str | None:
    try:
        status: str | None = client.get_run(run_id).run.status
    except Exception as error:  # a port-forward that starts again
        if getattr(error, "status", None) == 404:
            raise ClusterError(_("The run {id} was deleted.").format(id=run_id)) from None
        return None
    return status


def _why(client: Any, run_id: str, count: int) -> str:
    text = _("{count} were not graded: {reason}. What was is kept; --resume grades the others.")
    reasons = _messages(client, run_id) or [_("the run ended without them")]
    return text.format(count=count, reason="; ".join(reasons).rstrip("."))


def _messages(client: Any, run_id: str) -> list[str]:
    """What the Pods that failed say."""
    try:
        manifest = json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)
        nodes: Sequence[dict[str, Any]] = list(manifest["status"]["nodes"].values())
    except Exception:
        return []
    failed = {
        (str(node.get("displayName", "")), str(node["message"])): str(node.get("id", ""))
        for node in nodes
        if node.get("type") == "Pod" and node.get("phase") in ("Failed", "Error")
        if node.get("message")
    }
    found = []
    for (name, message), node_id in list(failed.items())[:NAMED]:
        said = _last_line(client, run_id, node_id) if EXITED.fullmatch(message) else ""
        found.append(": ".join(plain_line(part) for part in (name, message, said) if part))
    return found


def _last_line(client: Any, run_id: str, node_id: str) -> str:
    """What a program said last before it failed; nothing where the logs are not kept."""
    try:
        from workbook.kernel.live_run import read_output

        log = read_output(client, run_id, node_id, "main-logs").decode(errors="replace")
    except Exception:
        return ""
    return (log.strip().splitlines() or [""])[-1]


def _remembered(out: Path) -> dict[str, str]:
    try:
        found = json.loads((out / STORED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _remember(out: Path, what: dict[str, str]) -> None:
    (out / STORED).write_text(json.dumps(what), encoding="utf-8")
