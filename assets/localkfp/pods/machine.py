"""Where pods run, and in which of the two ways: as processes, or as containers of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localkfp.pods.container_engine import Engine, Removal
from localkfp.pods.images import Images

PROCESS, CONTAINERS = WAYS = ("process", "containers")


@dataclass(frozen=True)
class Containment:
    """What runs containers, and what its pods share."""

    engine: Engine
    images: Images
    removal: Removal


@dataclass(frozen=True)
class Machine:
    """`artifacts`: the store's folder. `python`: the folder of the python3 of processes, and
    `private_tmp` whether each has a /tmp of its own. `containment`: where pods are containers."""

    python: Path
    artifacts: Path
    private_tmp: bool
    containment: Containment | None = None

    @property
    def way(self) -> str:
        return CONTAINERS if self.containment else PROCESS

    @property
    def path(self) -> str:
        """The PATH of processes."""
        return f"{self.python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
