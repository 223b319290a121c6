"""Where mutants are tried: a folder of their own, with what the lessons leave in theirs."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.handout_pipeline import WORKFLOW
from tests.support.mutants.in_process import pods_in_process


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Pods run in this process, in an empty folder with the file of lesson 05."""
    with tempfile.TemporaryDirectory() as folder, _inside(folder), pods_in_process():
        Path("add_pipeline.yaml").write_text(json.dumps(WORKFLOW), encoding="utf-8")
        yield


@contextlib.contextmanager
def _inside(folder: str) -> Iterator[None]:
    """contextlib.chdir, which Python 3.10 hasn't."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
