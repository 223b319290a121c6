"""The store's key in a Pod, where a learner's code may run as the same user as the grader.

An init container has it in its environment, and leaves it in a file of the Pod; the grader takes
the file away before it does anything else. So no process that a learner's code can look into has
the key: the grader itself lets nobody look, and what runs notebooks gets an environment without it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

from workbook.grading.sandbox.inside.namespaces import hide_memory

HANDED_OVER = Path("/tmp/store-key.json")  # on a volume that both containers have


def hand_over(environment: MutableMapping[str, str], file: Path) -> None:
    """Write the environment where only this user reads it. Raises OSError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(dict(environment), stream)


def take(environment: MutableMapping[str, str], file: Path) -> None:
    """Put what is in the file, if there is one, to the environment; then it is nowhere else.

    Raises OSError, also where others could still look into this process.
    """
    if not file.exists():  # no cluster made this Pod
        return
    hide_memory()
    given = json.loads(file.read_text())
    file.unlink()
    environment.update({name: value for name, value in given.items() if name not in environment})


if __name__ == "__main__":
    hand_over(os.environ, HANDED_OVER)
    sys.exit(0)
