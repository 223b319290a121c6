"""Deleting a run with its files: the folders of its pods, and the artifacts that nobody needs."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

from localkfp.store.database import Store

KEY = re.compile(r'"artifacts/([^/"]+)/')


async def delete(store: Store, state: Path, run_id: str) -> None:
    """Delete a run that has ended.

    A cached step's artifacts are those of the run that made them, so they stay as long as a run
    shows them; the last one takes them along.
    """
    row = store.get("runs", run_id)
    if not row:
        return
    shown = {name for text in store.node_texts(run_id) for name in KEY.findall(text)}
    folders = [state / "pods" / row["workflow_name"]]
    for name in {row["workflow_name"], *shown}:
        if not store.shows(name, besides=run_id):
            folders.append(state / "artifacts" / name)
    await asyncio.to_thread(_remove, folders)  # first: on a full disk the row needs their room
    store.delete("runs", run_id)


def sweep(store: Store, state: Path) -> None:
    """Remove what pods have left that died with their server: the folders of those whose run is
    gone, and of the others all but the log."""
    for folder in (state / "pods").glob("*"):
        if not store.names(folder.name):
            _remove([folder])
        else:
            _remove([pod / name for pod in folder.glob("*") for name in ("tmp", "home")])


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
