"""The launcher and the guards of pods: a program of the standard library's lightest modules.

`launcher.py` starts it and says what for. The guard is the process between the launcher and a pod's
program: it enters the pod's namespaces, starts the program, writes its own process id and, when the
program has ended, the exit code, and then kills whoever is left of the pod.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import signal
import socket
import sys

# <linux/sched.h>, <linux/mount.h>, <linux/prctl.h>
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1
NUMBER = 8  # bytes of each number that is sent
NOT_STARTED = 127  # what a shell says of a program that it can't start


def serve(control: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets guards that have ended
    launcher = os.getpid()
    while True:
        size, descriptors, _flags, _address = socket.recv_fds(control, NUMBER, 2)
        if not size:  # localkfp has ended
            return
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        request = marshal.loads(_read(control, int.from_bytes(size, "big")))
        if os.fork() == 0:
            try:
                control.close()
                guard(request, *descriptors, launcher)
            finally:  # whatever happens, a guard never goes on as a second launcher
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)


def _read(control: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = control.recv(size - len(data))
        if not chunk:
            os._exit(1)
        data += chunk
    return bytes(data)


def guard(request: dict, output: int, answers: int, launcher: int) -> None:
    """Start the program, wait for it, say how it ended, and kill what is left of the pod."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    answer(answers, os.getpid())
    try:
        if request["mounts"]:
            enter_namespaces()
        die_with_parent(launcher)  # after the namespaces: a new user has no such wish yet
        guardian, program = os.getpid(), os.fork()
        if program == 0:
            execute(request, output, guardian)
        os.close(output)
        _pid, status = os.waitpid(program, 0)
        answer(answers, os.waitstatus_to_exitcode(status))
    except OSError as error:
        explain(output, error)
        answer(answers, NOT_STARTED)
    os.killpg(0, signal.SIGKILL)


def execute(request: dict, output: int, guardian: int) -> None:
    try:
        die_with_parent(guardian if not request["mounts"] else 0)
        for source, target in request["mounts"]:
            mount(source, target, MS_BIND | MS_REC)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.chdir(request["directory"])
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python
            signal.signal(ignored, signal.SIG_DFL)
        os.execvpe(request["words"][0], request["words"], request["environment"])
    except OSError as error:
        explain(output, error)
    os._exit(NOT_STARTED)


def answer(answers: int, number: int) -> None:
    os.write(answers, number.to_bytes(NUMBER, "big", signed=True))


def explain(output: int, error: OSError) -> None:
    os.write(output, f"localkfp could not start the program: {error}\n".encode())


def enter_namespaces() -> None:
    """A user, mount and process namespace for the children of this process."""
    user, group = os.getuid(), os.getgid()
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
    for file, text in (
        ("setgroups", "deny"),
        ("uid_map", f"0 {user} 1"),
        ("gid_map", f"0 {group} 1"),
    ):
        with open(f"/proc/self/{file}", "w") as stream:  # noqa: PTH123  pathlib loads slowly
            stream.write(text)
    mount("none", "/", MS_REC | MS_PRIVATE)


def die_with_parent(parent: int) -> None:
    """Be killed when the parent ends; at once if it has ended (0: the parent can't be seen)."""
    if sys.platform == "linux":
        call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def mount(source: str, target: str, flags: int) -> None:
    call("mount", os.fsencode(source), os.fsencode(target), None, flags, None)


def call(function: str, *arguments: object) -> None:
    """Call the C library. Raises OSError with what it says."""
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), function)


def probe() -> None:
    """Raises OSError where the system doesn't allow the namespaces, or a mount in them."""
    enter_namespaces()
    mount("/usr", "/tmp", MS_BIND | MS_REC)
    if not os.path.exists("/tmp/bin"):  # noqa: PTH110  pathlib loads slowly
        raise OSError("the mount is not seen")


if __name__ == "__main__":
    if sys.argv[1:] == ["probe"]:
        probe()
    else:
        control = socket.socket(fileno=os.dup(0))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the pods' standard input
        serve(control)
