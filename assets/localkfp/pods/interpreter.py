"""The Python of the pods: bare, so that a missing import fails here as it fails on a cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from localkfp.errors import StoreError


def ensure(state: Path) -> Path:
    """The folder with `python3` of the bare environment below `state`; made when it isn't there.

    It holds none of the learner's packages. On Python 3.12 it has setuptools, as the image
    python:3.11 does: the code that kfp generates for a bool argument imports distutils.
    Raises StoreError when it can't be made.
    """
    home = state / f"python-{sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}"
    if not (home / "bin" / "python3").exists():
        draft = Path(tempfile.mkdtemp(prefix=".python-", dir=state))
        try:
            make(draft)
            if not (home / "bin" / "python3").exists():  # its own Python has been removed since
                shutil.rmtree(home, ignore_errors=True)
            draft.rename(home)
        except OSError:
            if not (home / "bin" / "python3").exists():  # another process may have been quicker
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home / "bin"


def make(environment: Path, *distributions: str) -> None:
    """Make a bare environment, with copies of the named packages of this one.

    Raises StoreError when it can't be made.
    """
    # The Python itself, and not the learner's environment around it, which pods shouldn't need
    # (the module venv would take that one on Python 3.10).
    python = Path(sys.executable).resolve()
    line: list[str | Path] = [python, "-I", "-m", "venv", "--without-pip", environment]
    made = subprocess.run(line, capture_output=True, text=True)
    if made.returncode:
        raise StoreError(f"localkfp can't make the Python of the pods: {made.stderr.strip()}")
    needed = ("setuptools",) if sys.version_info >= (3, 12) else ()
    for name in (*needed, *distributions):
        _copy_distribution(name, environment)
    _open_to_all(environment)


def _open_to_all(environment: Path) -> None:
    """Whoever may come to it may read it, whatever the umask of who made it: the grader gives it to
    a user of its own. (It lies in a folder that is its owner's alone.)"""
    for path in (environment, *environment.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def _copy_distribution(name: str, environment: Path) -> None:
    """Copy an installed package: a pod's Python needs it, and there may be no network."""
    try:
        files = metadata.distribution(name).files or ()
    except metadata.PackageNotFoundError:
        raise StoreError(f"localkfp needs {name} for the pods: pip install {name}") from None
    site = next((environment / "lib").glob("python*")) / "site-packages"
    for file in files:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)
