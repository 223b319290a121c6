"""The kernel calls by which a forked process gets a system of its own (Linux).

The process is already inside a bubblewrap sandbox, and has the capabilities there. It takes a
mount, process, network and IPC namespace of its own, so that nothing of one submission is there for
the next, and gives the capabilities up before a learner's code runs.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from workbook.grading.sandbox.inside import seccomp

CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL = 24, 38, 47, 4
CAPABILITY_VERSION_3, CAP_SETFCAP = 0x20080522, 31
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
LEARNER = 64001  # a user that owns nothing on any machine

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def fork() -> int:
    """As os.fork, but the child is process 1 of a process namespace of its own."""
    with Path("/proc/self/ns/pid").open() as own:
        _call("unshare", CLONE_NEWPID)  # for the children of this process, not for itself
        child = os.fork()
        if child:
            _call("setns", own.fileno(), CLONE_NEWPID)  # without that there is no next time
    return child


def furnish(
    box: Path,
    size: int,
    shown: Iterable[str] = (),
    hidden: Iterable[str] = (),
    own_proc: bool = True,
) -> None:
    """Give this process its own /proc, /tmp, /dev/shm and network, and at `box` an empty disk of
    `size` bytes that ends with it. What lies in the `hidden` folders is no longer seen; folders
    below /tmp that are `shown` are. In a container that allows no other /proc it stays the
    container's."""
    _call("unshare", CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    if own_proc:
        _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    # an empty file takes a kilobyte, which is not in the size
    options = f"size={size},nr_inodes={size // 4096},mode=700"
    _mount("tmpfs", str(box), "tmpfs", MS_NOSUID | MS_NODEV, options)
    for place in ("/tmp", "/dev/shm"):
        mine = box / place[1:].replace("/", "-")
        mine.mkdir()
        for folder in shown:
            if folder.startswith(f"{place}/"):
                (mine / folder.removeprefix(f"{place}/")).mkdir(parents=True)
                _mount(folder, str(mine / folder.removeprefix(f"{place}/")), "", MS_BIND)
        _mount(str(mine), place, "", MS_BIND | MS_REC)
    # below /tmp, and not in a shown folder, it is no longer seen anyway
    for place in filter(os.path.isdir, hidden):
        _mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "size=4096,mode=555")
    _loopback_up()


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    texts = (source.encode(), target.encode(), kind.encode() or None)
    _call("mount", *texts, ctypes.c_ulong(flags), options.encode() or None)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP, b""))


def renounce() -> None:
    """Give up every capability for good: no exec brings one back.

    All but CAP_SETFCAP, which does nothing here (no exec gains anything after NO_NEW_PRIVS): where
    the grader is root, the kernel asks for it when a pod maps root into its own user namespace.
    """
    for number in set(range(64)) - {CAP_SETFCAP}:
        _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # the last ones exist on newer kernels only
    _call("prctl", PR_CAP_AMBIENT, AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    kept = 1 << CAP_SETFCAP
    _call("capset", header, struct.pack("6I", kept, kept, 0, 0, 0, 0))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    seccomp.refuse_what_no_limit_counts()


def bound(tasks: int) -> None:
    """Let this process and all that come of it be `tasks` processes and threads at most.

    The kernel counts them for each user namespace on its own, so this takes one; for a process of
    the machine's root it counts, and never refuses (`RLIMIT_NPROC`, getrlimit(2)).
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{LEARNER} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{LEARNER} {group} 1")
    resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))


def hide_memory() -> None:
    """Let no other process trace this one or read its memory."""
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, where the system can do that."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
