"""The state directory: everything that localkfp keeps is below it."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from localkfp.errors import StoreError


def state_directory() -> Path:
    """`LOCALKFP_HOME`, or the user's data directory; made when it isn't there.

    Raises StoreError when it can't be made or written.
    """
    chosen = os.environ.get("LOCALKFP_HOME") or platformdirs.user_data_dir("localkfp")
    home = Path(chosen).expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"localkfp can't write its state directory {home} ({error.strerror}). "
            "Set LOCALKFP_HOME to a folder of yours."
        ) from None
    return home
