"""What was executed before: kept in the store, found again, and told in the log of what it stands
for. What counts as the same execution is the matter of `caching.py`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from localkfp.clock import timestamp
from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods.archive import MAIN_LOG
from localkfp.store.database import Store


class Executions:
    def __init__(self, store: Store, state: Path) -> None:
        """`state` is the folder below which the artifacts of all runs lie."""
        self._store, self._state = store, state

    def find(self, pod: Pod, folder: Path) -> Outcome | None:
        """How the same execution ended before, with its outputs; its log is written to `folder`,
        below a line that says so. None when there is none, or its files are gone."""
        found = self._store.execution(pod.cache_key) if pod.cache_key else None
        if not found or any(
            age is not None and timestamp() - found["created"] > age
            for age in (pod.max_age, found["max_age"])
        ):
            return None
        kept = json.loads(found["outcome"])
        outcome = Outcome(Phase.SUCCEEDED, "", 0, kept["parameters"], kept["artifacts"])
        files = {name: self._state / key for name, key in outcome.artifacts.items()}
        if not all(file.is_file() for file in files.values()):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        log = files[MAIN_LOG]
        with (folder / "main.log").open("wb") as copy, log.open("rb") as original:
            copy.write(
                "localkfp: This step output is taken from cache. "
                f"What follows is the log of {log.parent.name}.\n".encode()
            )
            shutil.copyfileobj(original, copy)
        return outcome

    def keep(self, pod: Pod, outcome: Outcome) -> None:
        """Let later executions be spared, if this one succeeded."""
        if pod.cache_key and outcome.phase is Phase.SUCCEEDED:
            self._store.keep_execution(
                pod.cache_key,
                created=timestamp(),
                max_age=pod.max_age,
                outcome=json.dumps(
                    {"parameters": dict(outcome.parameters), "artifacts": dict(outcome.artifacts)}
                ),
            )
