"""A pytest plugin: the notebooks, run as tests, get a state directory of their own.

`.pytest.ini` loads it. What it starts, it stops.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import localkfp
import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.stash[HOME] = tempfile.mkdtemp(prefix="workbook-tests-")
    os.environ["LOCALKFP_HOME"] = config.stash[HOME]
    os.environ["LANGUAGE"] = "en"  # the outputs that are compared are English
    for name in ("JPY_SESSION_NAME", "KF_PIPELINES_ENDPOINT"):
        os.environ.pop(name, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    os.environ["LOCALKFP_HOME"] = config.stash[HOME]
    localkfp.stop()
    shutil.rmtree(config.stash[HOME], ignore_errors=True)


HOME = pytest.StashKey[str]()
