"""Where pods run, and in which of the two ways: as processes, or as containers of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localkfp.pods.container_engine import Engine

PROCESS, CONTAINERS = WAYS = ("process", "containers")


@dataclass(frozen=True)
class Machine:
    """`artifacts`: the store's folder. `python`: the folder of the python3 of processes, and
    `private_tmp` whether each has a /tmp of its own. `engine`: what runs containers, where pods
    are such."""

    python: Path
    artifacts: Path
    private_tmp: bool
    engine: Engine | None = None

    @property
    def way(self) -> str:
        return CONTAINERS if self.engine else PROCESS

    @property
    def path(self) -> str:
        """The PATH of processes."""
        return f"{self.python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
