"""`watch` follows a run to its end, on localkfp and on a cluster. It uses `kfp.Client` only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import kfp
import localkfp
from IPython.display import DisplayHandle, display

from workbook.kernel.environment import before_a_person
from workbook.kernel.live_run import FINISHED, DoorClosed, id_of, live_workflow, phase_of
from workbook.language import _

POLL_SECONDS = 0.2
PATIENCE = 30  # seconds that a door may be closed: a port-forward breaks, an API server restarts


def watch(client: kfp.Client, run: Any, timeout: float = 600) -> None:
    """Follow a run to its end: its graph, and a line that says how it ended.

    In front of a person the graph is drawn while the run goes
    on; in every case one plain picture of the end remains. `run` is an id, or what a call that
    starts a run returned; `timeout` is in seconds.
    """
    run_id = id_of(run)
    live = before_a_person()
    frame: DisplayHandle | None = None
    end = time.monotonic() + timeout
    workflow = live_workflow(client, run_id)
    while phase_of(workflow) not in FINISHED and time.monotonic() < end:
        if live:
            frame = _draw(workflow, frame)
        time.sleep(POLL_SECONDS)
        workflow = _ask_again(client, run_id, end)
    _draw(workflow, frame)
    phase = phase_of(workflow)
    if phase in FINISHED:
        print(_("The run has ended: {phase}").format(phase=phase))
    else:
        text = _("The run still goes on after {seconds} seconds: {phase}. Call watch again.")
        print(text.format(seconds=f"{timeout:g}", phase=phase or _("not started")))


def _ask_again(client: kfp.Client, run_id: str, end: float) -> dict[str, Any]:
    """The live Workflow, from a door that may be closed for a while. Raises DoorClosed."""
    patience = min(end, time.monotonic() + PATIENCE)
    while True:
        try:
            return live_workflow(client, run_id)
        except DoorClosed:
            if time.monotonic() >= patience:
                raise
        time.sleep(POLL_SECONDS)


def _draw(workflow: Mapping[str, Any], frame: DisplayHandle | None) -> DisplayHandle | None:
    if not workflow.get("spec"):
        return frame
    drawing = localkfp.draw(workflow)
    if frame is None:
        return display(drawing, display_id=True)
    frame.update(drawing)
    return frame
