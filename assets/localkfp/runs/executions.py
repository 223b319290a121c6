"""What was executed before: kept in the store, found again, and told in the log of what it stands
for. What counts as the same execution is the matter of `caching.py`."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path

from localkfp.clock import timestamp
from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.store.database import Store

log = logging.getLogger("localkfp")


class Executions:
    def __init__(self, store: Store, state: Path, way: str) -> None:
        """`state` is the folder below which the artifacts of all runs lie. `way`: how pods run;
        what a process gave isn't taken for what a container gives."""
        self._store, self._state, self._way = store, state, way

    def find(self, pod: Pod, folder: Path) -> Outcome | None:
        """How the same execution ended before, with its outputs; its log in `folder` says so, as
        that of the pod does which stands in on a cluster (the record d29_cache). None when there
        is none, or its files are gone."""
        found = self._store.execution(self._key(pod)) if pod.cache_key else None
        if not found or not _qualifies(pod.max_age, found["max_age"], found["created"]):
            return None
        kept = json.loads(found["outcome"])
        outcome = Outcome(Phase.SUCCEEDED, "", 0, kept["parameters"], kept["artifacts"])
        files = {name: self._state / key for name, key in outcome.artifacts.items()}
        if not all(file.is_file() for file in files.values()):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.log").write_text('"This step output is taken from cache."\n')
        return outcome

    def _key(self, pod: Pod) -> str:
        return f"{pod.cache_key} {self._way}"

    def keep(self, pod: Pod, outcome: Outcome) -> None:
        """Let later executions be spared, if this one succeeded."""
        if pod.cache_key and outcome.phase is Phase.SUCCEEDED:
            kept = {"parameters": dict(outcome.parameters), "artifacts": dict(outcome.artifacts)}
            try:
                self._store.keep_execution(
                    self._key(pod), timestamp(), pod.max_age, json.dumps(kept)
                )
            except sqlite3.Error as error:  # the step has succeeded all the same
                log.error("a step is not kept for the cache: %s", error)


def _qualifies(asked: float | None, kept: float | None, created: int) -> bool:
    """Ages in seconds, None is no limit. What was kept without one always qualifies, but for who
    asks for nothing kept; what was kept with one, only for who asks with one.

    On a cluster: `scanRows` in backend/src/cache/storage/execution_cache_store.go.
    """
    if asked == 0:
        return False
    return kept is None or (asked is not None and timestamp() - created <= asked)
