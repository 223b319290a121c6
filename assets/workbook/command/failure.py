"""How a command says that it couldn't do what was asked."""

from __future__ import annotations

import sys


def fail(error: Exception | str) -> int:
    print(f"workbook: {error}", file=sys.stderr)
    return 2
