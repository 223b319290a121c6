"""A pytest plugin: notebooks as tests, by nbval, each in rooms of its own.

`.pytest.ini` loads it. A notebook gets a state directory, so that it finds nothing that another
one left there, steps in the execution cache above all; and a folder to write its files into, so
that several run at once. What it starts, this stops. It speaks the language of its folder,
whatever the environment of the person says (see `language.py`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path, PurePath

import localkfp
import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbFile

from workbook.language import ENGLISH, speak

STATE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    speak(ENGLISH)
    config.stash[STATE] = _own_state()
    os.environ["LANGUAGE"] = "en"  # of other programs: their outputs are compared too
    for name in ("JPY_SESSION_NAME", "KF_PIPELINES_ENDPOINT", "NB_PREFIX", "WORKBOOK_LANGUAGE"):
        os.environ.pop(name, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    _end(config.stash[STATE])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """In place of nbval's own hook, which `--nbval` would switch on."""
    return Notebook.from_parent(parent, path=file_path) if file_path.suffix == ".ipynb" else None


class Notebook(IPyNbFile):
    """A notebook whose cells are nbval's, run by this Python in rooms of its own."""

    def setup(self) -> None:
        """Before the first cell: the kernel is started with what the environment says then."""
        self._state = _own_state()
        self._folder = Path(tempfile.mkdtemp(prefix="workbook-tests-"))
        self._beside = self._folder / self.path.parent.name  # the name says the edition's language
        self._beside.mkdir()
        self.kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME, cwd=str(self._beside))
        self.setup_sanitize_files()

    def teardown(self) -> None:
        """After the last cell."""
        super().teardown()
        _end(self._state)
        left = written_elsewhere(self._beside, self.path.name)
        shutil.rmtree(self._folder, ignore_errors=True)
        os.environ["LOCALKFP_HOME"] = str(self.config.stash[STATE])
        if left:
            pytest.fail(f"{self.path.name} wrote beside itself: {', '.join(left)}", pytrace=False)


def written_elsewhere(folder: Path, notebook: str) -> list[str]:
    """What a lesson left beside itself, but for the folder of its own number: another lesson might
    write the same name."""
    own = PurePath("files", notebook[:2])
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in found if not path.is_relative_to(own))


def _own_state() -> Path:
    state = tempfile.mkdtemp(prefix="workbook-tests-")
    os.environ["LOCALKFP_HOME"] = state
    return Path(state)


def _end(state: Path) -> None:
    os.environ["LOCALKFP_HOME"] = str(state)
    localkfp.stop()
    shutil.rmtree(state, ignore_errors=True)
