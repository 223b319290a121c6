"""A pytest plugin: the notebooks, run as tests, get a state directory of their own each.

`.pytest.ini` loads it. So no notebook finds what another one left there, steps in the execution
cache above all. What it starts, it stops. A notebook speaks the language of its folder, whatever
the environment of the person says (see `language.py`).
"""

from __future__ import annotations

import os
import shutil
import tempfile

import localkfp
import pytest
from nbval.plugin import IPyNbFile

from workbook.language import ENGLISH, speak


def pytest_configure(config: pytest.Config) -> None:
    speak(ENGLISH)
    config.stash[HOME] = _enter()
    os.environ["LANGUAGE"] = "en"  # of other programs: their outputs are compared too
    for name in ("JPY_SESSION_NAME", "KF_PIPELINES_ENDPOINT", "NB_PREFIX", "WORKBOOK_LANGUAGE"):
        os.environ.pop(name, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    _leave(config.stash[HOME])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the first cell: the kernel is started with what the environment says then."""
    notebook = item.parent
    if isinstance(notebook, IPyNbFile) and HOME not in notebook.stash:
        notebook.stash[HOME] = _enter()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last cell, when the kernel has ended."""
    notebook = item.parent
    if isinstance(notebook, IPyNbFile) and not (nextitem and nextitem.parent is notebook):
        _leave(notebook.stash[HOME])
        os.environ["LOCALKFP_HOME"] = item.config.stash[HOME]


def _enter() -> str:
    os.environ["LOCALKFP_HOME"] = tempfile.mkdtemp(prefix="workbook-tests-")
    return os.environ["LOCALKFP_HOME"]


def _leave(home: str) -> None:
    os.environ["LOCALKFP_HOME"] = home
    localkfp.stop()
    shutil.rmtree(home, ignore_errors=True)


HOME = pytest.StashKey[str]()
