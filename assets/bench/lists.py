"""What a list costs among many runs: python assets/bench/lists.py [RUNS]

A state directory with RUNS runs of the add example (20,000) in ten experiments. Asks a server for
five lists by turns, as a client, the command line and the dashboard do, and prints the median and
the 95th percentile of each, and its ratio to `GET /apis/v1beta1/healthz`, which reads no table.
Goal: a 95th percentile of at most 50 ms each.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import localkfp
from localkfp.store.database import Store
from tests.support.handout_pipeline import WORKFLOW

ROUNDS, EXPERIMENTS = 100, 10
API = "/apis/v1beta1"


def fill(home: Path, runs: int) -> str:
    """Store the runs; the id of one of their experiments."""
    store = Store(home / "localkfp.sqlite")
    manifest = json.dumps(WORKFLOW)
    with store.together():
        groups = [
            store.insert("experiments", name=f"group {n}", description="")["id"]
            for n in range(EXPERIMENTS)
        ]
        for number in range(runs):
            group = groups[number % EXPERIMENTS]
            belongs = {"type": "EXPERIMENT", "id": group, "relationship": "OWNER", "name": "group"}
            row = store.insert(
                "runs",
                name=f"Add run {number}",
                description="",
                service_account="",
                experiment_id=group,
                workflow_name=f"add-{number}",
                manifest=manifest,
                parameters="{}",
                phase="Succeeded",
                message="",
                archived=int(number % 7 == 0),
                refs=json.dumps([belongs]),
            )
            store.save_nodes(
                row["id"], [{"id": f"{row['id']}-{n}", "phase": "Succeeded"} for n in range(4)]
            )
    store.close()
    return groups[0]


def predicate(op: str, key: str, value: str) -> str:
    return quote(json.dumps({"predicates": [{"op": op, "key": key, "string_value": value}]}))


def ask(address: str) -> tuple[float, bytes]:
    """How many milliseconds an answer takes, and it."""
    begin = time.perf_counter()
    with urllib.request.urlopen(address) as answer:
        text = answer.read()
    return (time.perf_counter() - begin) * 1000, text


def middle(host: str) -> Callable[[], str]:
    """Addresses of page after page, from the first on."""
    path, token = f"{host}{API}/runs?page_size=100", ""

    def following() -> str:
        nonlocal token
        address = f"{path}&page_token={quote(token)}"
        token = json.loads(ask(address)[1]).get("next_page_token", "")
        return address

    return following


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    home = Path(tempfile.mkdtemp(prefix="bench-home-"))
    os.environ["LOCALKFP_HOME"] = str(home)
    try:
        group = fill(home, runs)
        host = localkfp.start()
        of = f"resource_reference_key.type=EXPERIMENT&resource_reference_key.id={group}"
        available = predicate("NOT_EQUALS", "storage_state", "STORAGESTATE_ARCHIVED")
        newest = "sort_by=created_at%20desc"
        fixed = {
            "healthz": f"{API}/healthz",
            "runs, newest first": f"{API}/runs?{newest}",
            "runs with a word": f"{API}/runs?filter={predicate('IS_SUBSTRING', 'name', 'RUN 199')}",
            "runs of an experiment": f"{API}/runs?{newest}&{of}&filter={available}",
            "the dashboard's list": "/runs",
        }
        addresses: dict[str, Callable[[], str]] = {
            name: lambda path=path: f"{host}{path}" for name, path in fixed.items()
        }
        addresses["runs, page by page"] = middle(host)
        spent: dict[str, list[float]] = {name: [] for name in addresses}
        for number in range(ROUNDS + 1):
            for name, address in addresses.items():
                milliseconds, _ = ask(address())
                if number:  # the first warms up
                    spent[name].append(milliseconds)
        base = statistics.median(spent["healthz"])
        print(f"{runs:,} runs, {ROUNDS} rounds           p50      p95   ratio to healthz")
        for name, found in spent.items():
            half, high = statistics.median(found), statistics.quantiles(found, n=20)[-1]
            print(f"{name:24} {half:7.1f} ms {high:6.1f} ms {half / base:7.1f}")
    finally:
        localkfp.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
