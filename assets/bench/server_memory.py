"""What the server keeps of runs that have ended: python assets/bench/server_memory.py [RUNS]

Runs of 100 tasks, one after the other, on one server; RUNS is 100. Prints the server's resident
memory after the first ten runs (imports, caches and buffers are filled by then) and after each
further tenth, and the ratio of the last to the first. Goal: at most 1.1.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kfp
import localkfp
from localkfp.server import lifecycle
from tests.support.workflows import dag, pod, task, workflow

TASKS = 100
POLL_SECONDS = 0.05


def submit(client: kfp.Client, number: int) -> str:
    manifest = workflow(
        dag("main", *(task(f"t{n}") for n in range(TASKS))), pod(script=f"echo {number}")
    )
    spec = {"workflow_manifest": json.dumps(manifest)}
    return client.runs.create_run({"name": f"run {number}", "pipeline_spec": spec}).run.id


def phase(home: Path, run_id: str) -> str:
    """Read where localkfp commits it, so that polling costs the server nothing."""
    with contextlib.closing(sqlite3.connect(home / "localkfp.sqlite")) as store:
        return store.execute("SELECT phase FROM runs WHERE id = ?", (run_id,)).fetchone()[0]


def resident() -> float:
    """The server's resident memory in MiB."""
    process = lifecycle.status()
    assert process is not None
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, text=True, check=True
    )
    return int(told.stdout) / 1024


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    home = Path(tempfile.mkdtemp(prefix="bench-home-"))
    os.environ["LOCALKFP_HOME"] = str(home)
    client = kfp.Client(host=localkfp.start())
    sizes = []
    try:
        print(f"started    {resident():6.1f} MiB")
        for number in range(1, runs + 1):
            run_id = submit(client, number)
            while (status := phase(home, run_id)) != "Succeeded":
                assert status in ("", "Pending", "Running"), status
                time.sleep(POLL_SECONDS)
            client.get_run(run_id)  # somebody looks at it too
            if number % (runs // 10) == 0:
                client.list_runs(page_size=20)
                sizes.append(resident())
                print(f"{number:4} runs  {sizes[-1]:6.1f} MiB", flush=True)
    finally:
        localkfp.stop()
        shutil.rmtree(home, ignore_errors=True)
    print(f"ratio      {sizes[-1] / sizes[0]:6.2f}      goal: at most 1.1")


if __name__ == "__main__":
    main()
