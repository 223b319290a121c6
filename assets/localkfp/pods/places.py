"""Where the paths of a pod lie on this machine, for pods that are processes.

/tmp, /root and the volumes of a pod are folders of its own. Where the system allows namespaces
(`private`) they are mounted over the machine's; other paths, and all of them elsewhere, are
rewritten in what the program is given.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from localkfp.workflow.model import Mount

ROOT = Path("/root")  # the folder of the user that a pod has in its namespace


@dataclass(frozen=True)
class Places:
    """`folder`: the pod's own. `declared`: the paths of its inputs and outputs."""

    folder: Path
    private: bool
    declared: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()

    @property
    def home(self) -> Path:
        """HOME: empty, which /root may not be, where this machine's Python lies below it."""
        return self.folder / "home"

    @property
    def _private_root(self) -> bool:
        return self.private and ROOT.is_dir()

    def make(self) -> None:
        for place in ("tmp", "home", "user", "shell"):
            (self.folder / place).mkdir(exist_ok=True)
        for mount in self.mounts:
            self._volume(mount).mkdir(parents=True, exist_ok=True)

    def on_host(self, path: str) -> Path:
        """Where a path of the pod lies on this machine: always inside the pod's folder."""
        clean = _clean(path)
        inner = [m for m in self.mounts if clean.is_relative_to(_clean(m.path))]
        if inner:
            mount = max(inner, key=lambda m: len(_clean(m.path).parts))
            return self._volume(mount) / clean.relative_to(_clean(mount.path))
        if clean.is_relative_to("/tmp"):
            return self.folder / "tmp" / clean.relative_to("/tmp")
        if clean.is_relative_to(ROOT):
            return self.folder / "user" / clean.relative_to(ROOT)
        return self.folder / "root" / clean.relative_to("/")

    def declares(self, path: str) -> bool:
        """Whether the template itself makes a path: it is an input, an output or a volume, or lies
        below one."""
        made = (*self.declared, *(mount.path for mount in self.mounts))
        return any(_clean(path).is_relative_to(_clean(place)) for place in made)

    def beginning(self, working_dir: str) -> Path:
        """Where the program of a container starts, by its name in the pod. A folder that this
        machine hasn't is made in the pod's, as an engine makes it (b43_working_dir)."""
        if not working_dir:
            return self.home
        own, here = self.on_host(working_dir), Path("/") / working_dir
        if self._by_name(working_dir):
            own.mkdir(parents=True, exist_ok=True)
            return here
        if own.is_relative_to(self.folder / "root") and here.is_dir():
            return here
        own.mkdir(parents=True, exist_ok=True)
        return own

    def placed(self, text: str) -> str:
        """The text with the declared paths that the pod can't have by their name rewritten.

        Only whole paths are meant: `/output` isn't a part of `/output.txt` or `s3://bucket/output`.
        """
        known = {*self.declared, *(mount.path for mount in self.mounts)}
        moved = {path for path in known if not self._by_name(path)}
        if not moved:
            return text
        for path in moved:
            # In /tmp the program makes its folders itself, as in an image.
            if not _clean(path).is_relative_to("/tmp"):
                self.on_host(path).parent.mkdir(parents=True, exist_ok=True)
        longest_first = sorted(moved, key=len, reverse=True)
        declared = re.compile(
            rf"(?<![\w./-])(?:{'|'.join(re.escape(path) for path in longest_first)})(?![\w.-])"
        )
        return declared.sub(lambda match: str(self.on_host(match.group())), text)

    def binds(self, python: Path) -> list[tuple[Path, Path]]:
        """What is mounted: a folder here, and where. What lies below /tmp and /root and must stay
        visible has an empty folder there, and so have volumes."""
        own = {Path("/tmp"): self.folder / "tmp"}
        if self._private_root:
            own[ROOT] = self.folder / "user"
        program = Path(sys.executable).resolve().parents[1]
        shown = {place: place for place in (python, program, Path(sys.base_prefix))}
        for mount in self.mounts:
            if self._by_name(mount.path):
                shown[Path(_clean(mount.path))] = self._volume(mount)
        shown[self.folder] = self.folder  # last, and with all that is mounted in it
        found = []
        for place, source in shown.items():
            for root, folder in own.items():
                if place.is_relative_to(root) and place != root:
                    target = folder / place.relative_to(root)
                    target.mkdir(parents=True, exist_ok=True)
                    found.append((source, target))
        return [*found, *((folder, root) for root, folder in own.items())]

    def _by_name(self, path: str) -> bool:
        """Whether the pod has this path by its name."""
        clean = _clean(path)
        below = [root for root in (PurePosixPath("/tmp"), ROOT) if root in clean.parents]
        return self.private and bool(below) and (below[0] != ROOT or self._private_root)

    def _volume(self, mount: Mount) -> Path:
        place = self.folder / "volumes" / mount.volume
        return place / _clean(mount.inside).relative_to("/") if mount.inside else place


def fstab(binds: Iterable[tuple[Path, Path]]) -> str:
    """The table by which mount(8) lays folders over others, with all that is mounted in them."""
    return "".join(f"{_word(source)} {_word(target)} none rbind 0 0\n" for source, target in binds)


def _word(path: Path) -> str:
    """fstab(5): blanks by their octal numbers."""
    return re.sub(r"[ \t\n\\]", lambda match: f"\\{ord(match[0]):03o}", str(path))


def _clean(path: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath("/" + path.lstrip("/")))


def all_mounts(containers: Iterable[tuple[Mount, ...]]) -> tuple[Mount, ...]:
    """Those of all containers: as processes they share the machine's folders, too."""
    return tuple(dict.fromkeys(mount for mounts in containers for mount in mounts))
