"""The state directory: everything that localkfp keeps is below it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs

from localkfp.errors import StoreError

PRIVATE = 0o700


def state_directory() -> Path:
    """`LOCALKFP_HOME`, or the user's data directory; made when it isn't there, and its owner's
    alone: whoever reads it reads every run, and whoever writes it runs code.

    Raises StoreError when it can't be made or written, or isn't this user's.
    """
    chosen = os.environ.get("LOCALKFP_HOME") or platformdirs.user_data_dir("localkfp")
    home = Path(chosen).expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        _make_private(home)
        probe = home / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"localkfp can't write its state directory {home} ({error.strerror}). "
            "Set LOCALKFP_HOME to a folder of yours."
        ) from None
    return home


def _make_private(home: Path) -> None:
    """What an earlier localkfp left open to others is closed."""
    found = home.stat()
    if found.st_mode & stat.S_ISVTX:  # /tmp, say
        raise StoreError(
            f"{home} is shared by all users of this machine. Set LOCALKFP_HOME to a folder of "
            "yours, which localkfp makes when it isn't there."
        )
    if found.st_mode & 0o777 != PRIVATE:
        home.chmod(PRIVATE)
    for file in home.iterdir():
        if file.is_file() and not file.is_symlink() and file.stat().st_mode & 0o077:
            file.chmod(0o600)
