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

from workbook.grading.sandbox.inside import namespaces
from workbook.language import ENGLISH, messages, spoken
from workbook.paths import ASSETS

MIB = 1024 * 1024
# in the sandbox: the bare Python of the pods, what a lesson imports, a submission's own disk
PODS, COURSE, BOX = "/pods", "/course", "/box"
LEARNER = namespaces.LEARNER
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"),
)


def plain(path: str) -> str:
    """The same place without `..`, in which bubblewrap can't make folders: a Python called as
    `../.venv/bin/python` has it in all of its paths. The last name stays: an environment's `python`
    is a link out of it."""
    place = Path(path)
    if ".." not in place.parts:
        return path
    return str(place.resolve() if place.name == ".." else place.parent.resolve() / place.name)


PYTHON = plain(sys.executable)
PATH = f"{Path(PYTHON).parent}:/usr/local/bin:/usr/bin:/bin"
# of the package `workbook`: what a lesson imports, and what runs it here; the judges stay outside
LESSON_FOLDERS = ("kernel", "grading/sandbox/inside")


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Sizes in bytes; memory and processes are of all of it together."""

    cell_seconds: float = 60
    notebook_seconds: float = 300
    judge_seconds: float = 120  # for the answer to one exercise
    judging_seconds: float = 600  # for those of one submission
    memory: int = 2048 * MIB
    processes: int = 100
    tasks: int = 300  # processes and threads; the kernel itself refuses one more
    sockets: int = 200  # open at once
    disk: int = 256 * MIB
    cell_output: int = 1 * MIB  # what is kept of it
    output: int = 50 * MIB  # more, and the notebook is ended
    answer: int = 1 * MIB


@dataclass(frozen=True)
class Way:
    """How a sandbox can be made on this machine.

    `user`: whom the machine's root becomes first, since for root the kernel keeps no limit of
    processes; 0 for whoever calls. `staged`: root lays the folders out before that, also those
    that only root can reach. `own_proc`: not so in a container that masks parts of /proc: there
    the container's is seen, and in it the command lines of the container's processes and the
    numbers of their open file descriptors, no more.
    """

    user: int = 0
    staged: bool = False
    own_proc: bool = True


@dataclass(frozen=True)
class Layout:
    """What zygotes import and see: `course` for kernels, ASSETS for judges; `etc`; and `pods`, the
    bare Python of localkfp's pods."""

    course: Path
    etc: Path
    pods: Path

    def packages(self, kind: str) -> Path:
        return self.course if kind == "kernel" else ASSETS

    def pods_seen(self, way: Way | None) -> str:
        return f"{PODS}/{self.pods.name}" if way else str(self.pods)


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
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    (etc / "passwd").write_text(f"learner:x:{LEARNER}:{LEARNER}::/box/home:/bin/sh\n")
    (etc / "group").write_text(f"learner:x:{LEARNER}:\n")
    for folder_or_file in (folder, *folder.rglob("*")):  # LEARNER reads them too
        folder_or_file.chmod(0o755 if folder_or_file.is_dir() else 0o644)
    pods = interpreter.ensure(state_directory()).parent
    pods.chmod(0o755)  # LEARNER runs it; there is nothing of anybody in it
    return Layout(course, etc, pods)


def _above(folders: Iterable[str]) -> list[Path]:
    """What makes the folders above these packages."""
    parents = {parent for folder in folders for parent in Path(folder).parents}
    return [ASSETS / "workbook" / parent / "__init__.py" for parent in parents]


def ways() -> list[Way]:
    """What to try, the best first."""
    if os.getuid():
        return [Way(), Way(own_proc=False)]
    return [
        Way(LEARNER, staged=True),
        Way(LEARNER),
        Way(LEARNER, own_proc=False),
        Way(),
        Way(own_proc=False),
    ]


def command(kind: str, layout: Layout, way: Way | None) -> list[str]:
    """The command line of a zygote, of a `kernel` or a `judge`; without a `way` not isolated."""
    program = [PYTHON, "-s", "-m", "workbook.grading.sandbox.inside.zygote", kind]
    return enclosed(program, kind, layout, way) if way else program


def enclosed(program: list[str], kind: str, layout: Layout, way: Way) -> list[str]:
    """The command line of a program in a sandbox as a `kind` of zygote has it."""
    packages = str(layout.packages(kind))
    seen = {place: place for place in prefixes()}
    seen |= {str(layout.etc / name): f"/etc/{name}" for name in ("passwd", "group", "hosts")}
    seen[packages] = COURSE if kind == "kernel" else packages
    seen[str(layout.pods)] = layout.pods_seen(way)
    places: list[str] = []
    for parent in sorted({str(p) for place in seen.values() for p in Path(place).parents} - {"/"}):
        places += ["--perms", "0755", "--dir", parent]  # root's would be for root alone
    for system in map(Path, SYSTEM):
        if system.is_symlink():
            places += ["--symlink", str(system.readlink()), str(system)]
        elif system.exists():
            places += ["--ro-bind", str(system), str(system)]
    for source, target in seen.items():
        places += ["--ro-bind", source, target]
    box = ["--perms", "0755", "--dir", BOX]
    line: list[str] = []
    if way.staged:
        line += ["bwrap", "--die-with-parent", "--dev-bind", "/proc", "/proc", "--dev", "/dev"]
        line += ["--perms", "1777", "--tmpfs", "/tmp", *places, *box, "--"]
        places, box = ["--bind", "/", "/"], []
    if way.user:
        known = str(way.user)
        line += ["setpriv", "--reuid", known, "--regid", known, "--clear-groups"]
        line += ["--pdeathsig", "KILL"]
    # --cap-add: what forks here takes namespaces of its own, then gives all capabilities up
    line += ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-add", "ALL"]
    # as root of its own namespace: otherwise bubblewrap takes a second one inside the first, where
    # no fork can mount a /proc of its own
    line += ["--uid", "0", "--gid", "0", "--hostname", "grading"]
    proc = ["--proc", "/proc"] if way.own_proc else ["--bind", "/proc", "/proc"]
    below_tmp = [*proc, "--dev", "/dev"]
    if way.staged:  # it has a /tmp already, with what is seen below it
        line += [*places, *below_tmp]
    else:
        line += [*below_tmp, "--tmpfs", "/tmp", *places, *box]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    return [*line, "--", *program, "own-proc" if way.own_proc else "shared-proc"]


def environment(kind: str, layout: Layout, way: Way | None) -> dict[str, str]:
    """Of a zygote: nothing of the grader's own is in it."""
    packages = COURSE if way and kind == "kernel" else str(layout.packages(kind))
    # what is left there goes with the layout's folder
    temporary = {} if way else {"TMPDIR": str(layout.course.parent)}
    return temporary | {
        "PYTHONPATH": packages,
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "LANGUAGE": "en",
        "WORKBOOK_LANGUAGE": spoken(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp",
        "IPYTHONDIR": "/tmp/ipython",
    }


def prefixes() -> list[str]:
    """The folders of this Python and its environment."""
    folders = (sys.base_prefix, sys.base_exec_prefix, sys.prefix)
    return sorted({*map(plain, folders)} - {"/usr"})
