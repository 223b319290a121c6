"""Where learners' code runs: a bubblewrap sandbox with limits; where that can't be, limits only.

In the sandbox the system is read-only, there is no network but loopback, and of this repository
there is only what a lesson needs: no solutions, no judges, no other submission.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from localkfp.pods import interpreter
from localkfp.store.state_directory import state_directory

from workbook.language import ENGLISH, messages, spoken
from workbook.paths import ASSETS

MIB = 1024 * 1024
# in the sandbox: the bare Python of the pods, what a lesson imports, a submission's own disk
PODS, COURSE, BOX = "/pods", "/course", "/box"
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"),
)
ETC = {
    "passwd": f"learner:x:{os.getuid()}:{os.getgid()}::/box/home:/bin/sh\n",
    "group": f"learner:x:{os.getgid()}:\n",
    "hosts": "127.0.0.1 localhost\n",
}
PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
# of the package `workbook`: what a lesson imports, and what runs it here; the judges stay outside
LESSON_FOLDERS = ("kernel", "grading/sandbox/inside")


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Sizes in bytes; memory and processes are of all of it together."""

    cell_seconds: float = 60
    notebook_seconds: float = 300
    judge_seconds: float = 120  # for the answer to one exercise
    memory: int = 2048 * MIB
    processes: int = 100
    disk: int = 256 * MIB
    cell_output: int = 1 * MIB  # what is kept of it
    output: int = 50 * MIB  # more, and the notebook is ended
    answer: int = 1 * MIB


@dataclass(frozen=True)
class Layout:
    """What zygotes import and see: `course` for kernels, ASSETS for judges; `etc`; and `pods`, the
    bare Python of localkfp's pods."""

    course: Path
    etc: Path
    pods: Path

    def packages(self, kind: str) -> Path:
        return self.course if kind == "kernel" else ASSETS

    def pods_seen(self, isolated: bool) -> str:
        return f"{PODS}/{self.pods.name}" if isolated else str(self.pods)


def lay_out(folder: Path) -> Layout:
    """Copy what a lesson may import into a new `folder`, and prepare the Python of the pods.

    Raises localkfp.StoreError when that can't be made.
    """
    course, etc = folder / "course", folder / "etc"
    without = shutil.ignore_patterns("__pycache__", "judge.py")
    package = course / "workbook"
    for folder_of_lessons in LESSON_FOLDERS:
        shutil.copytree(
            ASSETS / "workbook" / folder_of_lessons, package / folder_of_lessons, ignore=without
        )
    for module in [*(ASSETS / "workbook").glob("*.py"), *_above(LESSON_FOLDERS)]:
        shutil.copyfile(module, course / module.relative_to(ASSETS))
    for name in ("localkfp", "data"):
        if (ASSETS / name).exists():
            shutil.copytree(ASSETS / name, course / name, ignore=without)
    if spoken() != ENGLISH:
        catalog = messages(spoken())
        target = course / catalog.relative_to(ASSETS)
        target.parent.mkdir(parents=True)
        shutil.copyfile(catalog, target)
    etc.mkdir()
    for name, text in ETC.items():
        (etc / name).write_text(text)
    return Layout(course, etc, interpreter.ensure(state_directory()).parent)


def _above(folders: Iterable[str]) -> list[Path]:
    """What makes the folders above these packages."""
    parents = {parent for folder in folders for parent in Path(folder).parents}
    return [ASSETS / "workbook" / parent / "__init__.py" for parent in parents]


def command(kind: str, layout: Layout, isolated: bool) -> list[str]:
    """The command line of a zygote: of a `kernel` or a `judge`."""
    program = [sys.executable, "-s", "-m", "workbook.grading.sandbox.inside.zygote", kind]
    if not isolated:
        return program
    # --cap-add: what forks here takes namespaces of its own, then gives all capabilities up
    line = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-add", "ALL"]
    line += ["--hostname", "grading"]  # no --uid: what forks here could not mount its own /proc
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", BOX]
    for place in map(Path, SYSTEM):
        if place.is_symlink():
            line += ["--symlink", str(place.readlink()), str(place)]
        elif place.exists():
            line += ["--ro-bind", str(place), str(place)]
    for place in layout.etc.iterdir():
        line += ["--ro-bind", str(place), f"/etc/{place.name}"]
    for prefix in prefixes():
        line += ["--ro-bind", prefix, prefix]
    packages = layout.packages(kind)
    line += ["--ro-bind", str(packages), COURSE if kind == "kernel" else str(packages)]
    line += ["--ro-bind", str(layout.pods), layout.pods_seen(isolated)]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    return [*line, "--", *program, "isolated"]


def environment(kind: str, layout: Layout, isolated: bool) -> dict[str, str]:
    """Of a zygote: nothing of the grader's own is in it."""
    packages = COURSE if isolated and kind == "kernel" else str(layout.packages(kind))
    # what is left there goes with the layout's folder
    temporary = {} if isolated else {"TMPDIR": str(layout.course.parent)}
    return temporary | {
        "PYTHONPATH": packages,
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "LANGUAGE": "en",
        "WORKBOOK_LANGUAGE": spoken(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "IPYTHONDIR": "/tmp/ipython",
    }


def prefixes() -> list[str]:
    """The folders of this Python and its environment."""
    return sorted({sys.base_prefix, sys.base_exec_prefix, sys.prefix} - {"/usr"})
