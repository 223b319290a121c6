"""What pages of the dashboard cost: python assets/bench/dashboard.py

A finished run of 1,000 steps, asked for by turns: the page with its graph, and the API call behind
it (`GET /apis/v1beta1/runs/ID`); and the page asked again with its ETag, as the script of the page
does while nothing changes. Then ten runs with 1,000 metrics each: the page that compares them, and
the ten API calls behind it. Prints the medians and the ratios to the API calls.

With Chromium and `./assets[test]` installed, it then measures how long a page that is open takes to
show that a step has ended: from the file that the step waits for to the word on the page, so the
end of the pod is in it. Goal: below a second.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import kfp
import localkfp
from localkfp.store.database import Store
from tests.support.drawings import run as with_nodes
from tests.support.drawings import task, workflow
from tests.support.workflows import pod
from tests.support.workflows import workflow as runnable

STEPS, ROUNDS, LIVE_ROUNDS = 1000, 20, 10
RUNS, METRICS = 10, 1000


def stored_run(home: Path) -> str:
    """The id of a run of STEPS steps that has ended, each after the one of a tenth of its number,
    with a message as long as a failed step's."""
    tasks = [task(f"step-{n}", *([f"step-{n // 10}"] * (n > 0))) for n in range(STEPS)]
    manifest = with_nodes(workflow(*tasks), {t["name"]: "Succeeded" for t in tasks})
    nodes = [
        node | {"displayName": node["name"].rpartition(".")[2], "templateName": "pod"}
        for node in manifest.pop("status")["nodes"].values()
    ]
    store = Store(home / "localkfp.sqlite")
    row = insert(store, "a thousand steps", manifest)
    store.save_nodes(row["id"], nodes)
    store.close()
    return row["id"]


def insert(store: Store, name: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """The row of a run that has ended."""
    return store.insert(
        "runs",
        name=name,
        description="",
        service_account="",
        experiment_id=store.default_experiment()["id"],
        workflow_name=manifest["metadata"]["name"],
        manifest=json.dumps(manifest),
        parameters="{}",
        phase="Succeeded",
        message="",
    )


def measured_runs(home: Path) -> list[str]:
    """The ids of RUNS runs that have METRICS metrics each, half of them with the same values."""
    store = Store(home / "localkfp.sqlite")
    found = []
    with store.together():
        for number in range(RUNS):
            manifest = workflow(task("step")) | {"metadata": {"name": f"measured-{number}"}}
            row = insert(store, f"measured {number}", manifest)
            for metric in range(METRICS):
                value = metric / METRICS + number * (metric % 2)
                store.add_metric(row["id"], "step", f"metric-{metric}", value, "RAW")
            found.append(row["id"])
    store.close()
    return found


def seconds(address: str, **headers: str) -> tuple[float, str]:
    """How long an answer takes, and its ETag."""
    asked = urllib.request.Request(address, headers=headers)
    begin = time.perf_counter()
    try:
        with urllib.request.urlopen(asked) as answer:
            answer.read()
            tag = answer.headers.get("Etag", "")
    except HTTPError as error:
        if error.code != 304:
            raise
        tag = error.headers.get("Etag", "")
    return time.perf_counter() - begin, tag


def pages(host: str, home: Path) -> None:
    run_id = stored_run(home)
    call, page = f"{host}/apis/v1beta1/runs/{run_id}", f"{host}/runs/details/{run_id}"
    rows = []
    for _ in range(ROUNDS + 1):  # the first warms up
        called, _tag = seconds(call)
        shown, tag = seconds(page)
        again, _tag = seconds(page, **{"If-None-Match": tag})
        rows.append((called, shown, again))
    api, full, unchanged = (statistics.median(column) for column in zip(*rows[1:], strict=True))
    print(f"API call       {api * 1000:6.0f} ms   median of {ROUNDS}, {STEPS:,} steps")
    print(f"page           {full * 1000:6.0f} ms   ratio {full / api:.2f}")
    print(f"page unchanged {unchanged * 1000:6.0f} ms   ratio {unchanged / api:.2f}")


def compared(host: str, home: Path) -> None:
    ids = measured_runs(home)
    page = f"{host}/compare?runlist={','.join(ids)}"
    rows = []
    for _ in range(ROUNDS + 1):  # the first warms up
        called = sum(seconds(f"{host}/apis/v1beta1/runs/{run_id}")[0] for run_id in ids)
        rows.append((called, seconds(page)[0]))
    api, shown = (statistics.median(column) for column in zip(*rows[1:], strict=True))
    print(f"{RUNS} API calls   {api * 1000:6.0f} ms   {METRICS:,} metrics in each run")
    print(f"compare        {shown * 1000:6.0f} ms   ratio {shown / api:.2f}")


def live(host: str) -> None:
    from tests.support.chromium import launched

    client = kfp.Client(host=host)
    waits = []
    with launched() as browser:
        for _ in range(LIVE_ROUNDS):
            flag = Path("/var/tmp") / f"bench-{uuid.uuid4().hex}"
            script = f"while ! test -e {flag}; do sleep 0.02; done"
            body = {
                "name": "live",
                "pipeline_spec": {"workflow_manifest": json.dumps(runnable(pod(script=script)))},
            }
            page = browser.new_page()
            page.goto(f"{host}/runs/details/{client.runs.create_run(body).run.id}")
            page.get_by_role("link", name="pod: Running").wait_for()
            try:
                flag.touch()
                begin = time.perf_counter()
                page.get_by_role("link", name="pod: Succeeded").wait_for()
                waits.append(time.perf_counter() - begin)
            finally:
                flag.unlink()
                page.close()
    print(
        f"live           {statistics.median(waits) * 1000:6.0f} ms   median of {LIVE_ROUNDS}, "
        f"longest {max(waits) * 1000:.0f} ms   goal: below 1000"
    )


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="bench-home-"))
    os.environ["LOCALKFP_HOME"] = str(home)
    host = localkfp.start()
    try:
        pages(host, home)
        compared(host, home)
        live(host)
    except ModuleNotFoundError as error:
        print(f"live           not measured: {error}")
    finally:
        localkfp.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
