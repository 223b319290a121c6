"""Huge pages for the memory that forked processes share (Linux 6.1 and later).

A fork copies an entry of the page table for each page, 25,000 small or some 50 huge ones, and its
end gives them back: a fifth of the CPU of starting and ending a submission. Elsewhere nothing
changes.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

MADV_COLLAPSE = 25
MAPS = Path("/proc/self/maps")


def collapse() -> None:
    """Put the private memory of this process into huge pages, as far as it is that large."""
    libc = ctypes.CDLL(None)
    for line in MAPS.read_text().splitlines() if MAPS.exists() else ():
        place, mode, _offset, _device, inode, *_name = line.split()
        begin, end = (int(number, 16) for number in place.split("-"))
        if (mode, inode) == ("rw-p", "0"):
            libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), MADV_COLLAPSE)
