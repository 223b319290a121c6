"""Messages between processes: JSON, one a line, read without trust in who wrote them."""

from __future__ import annotations

import json
import socket
from typing import Any

TOO_LONG = b"too long"  # stands for a line over the limit; no JSON text is that


class Lines:
    """Whole lines out of pieces. Of a line over `limit` bytes nothing is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._add(piece)
            lines.append(TOO_LONG if self._size > self._limit else b"".join(self._pieces))
            self._pieces, self._size = [], 0
        self._add(rest)
        return lines

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self._pieces = []
        elif piece:
            self._pieces.append(piece)


def send(end: socket.socket, message: Any) -> None:
    end.sendall(json.dumps(message).encode() + b"\n")


def parse(line: bytes) -> dict[str, Any]:
    """The message of a line. Raises ValueError for what is none."""
    try:
        message = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("not a mapping")
    return message
