"""How a server proves that it is this state directory's: it answers a challenge with a secret that
lies there, where only the owner reads. Whoever took over the port can't."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

FILE = "secret"
PATH = "/localkfp/proof"  # GET, with the challenge as a query
LONGEST = 128  # characters of a challenge


def secret(home: Path) -> bytes:
    """The state directory's secret, made when there is none."""
    file = home / FILE
    with contextlib.suppress(FileNotFoundError):
        return bytes.fromhex(file.read_text())
    with contextlib.suppress(FileExistsError):
        draft = home / f".{FILE}-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, file)  # all or nothing, and never over one that is there
        finally:
            draft.unlink()
    return bytes.fromhex(file.read_text())


def challenge() -> str:
    return secrets.token_hex(16)


def answer(key: bytes, challenged: str) -> str:
    return hmac.new(key, challenged.encode(), hashlib.sha256).hexdigest()


def proves(key: bytes, challenged: str, answered: str) -> bool:
    return hmac.compare_digest(answer(key, challenged).encode(), answered.encode())
