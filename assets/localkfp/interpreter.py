"""The Python of the pods: bare, so that a missing import fails here as it fails on a cluster."""

from __future__ import annotations

import shutil
import sys
import tempfile
import venv
from importlib import metadata
from pathlib import Path


def ensure(state: Path) -> Path:
    """The folder with `python3` of the bare environment below `state`; made when it isn't there.

    It holds none of the learner's packages. On Python 3.12 it has setuptools, as the image
    python:3.11 does: the code that kfp generates for a bool argument imports distutils.
    """
    home = state / f"python-{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"
    if not (home / "bin" / "python3").exists():
        draft = Path(tempfile.mkdtemp(prefix=".python-", dir=state))
        try:
            venv.EnvBuilder(symlinks=True).create(draft)
            if sys.version_info >= (3, 12):
                _copy_distribution("setuptools", draft)
            if not (home / "bin" / "python3").exists():  # its own Python has been removed since
                shutil.rmtree(home, ignore_errors=True)
            draft.rename(home)
        except OSError:
            if not (home / "bin" / "python3").exists():  # another process may have been quicker
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home / "bin"


def _copy_distribution(name: str, environment: Path) -> None:
    """Copy an installed package: a pod's Python needs it, and there may be no network."""
    site = next((environment / "lib").glob("python*")) / "site-packages"
    for file in metadata.distribution(name).files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)
