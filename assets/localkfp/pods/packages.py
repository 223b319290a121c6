"""`packages_to_install`: an environment for each list of packages, made once and kept.

kfp compiles the list into the container's command, as a call of pip before the program. A pod that
asks for a list gets the environment that has it; pip finds all there and has nothing to do.
"""

from __future__ import annotations

import fcntl
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from localkfp.pods import interpreter
from localkfp.workflow.model import Container

# kfp/components/_python_op.py, _get_packages_to_install_command
# A name is written by repr(): in double quotes where it has an apostrophe.
NAME = r"""(?:'[^'\\]*'|"[^"\\]*")"""
INSTALL = re.compile(rf"python3 -m pip install --quiet --no-warn-script-location ((?:{NAME} ?)+)")


def asked_for(containers: Sequence[Container]) -> tuple[str, ...]:
    """The packages that the commands install, in order; empty for a command that asks for none."""
    found = (INSTALL.search(word) for container in containers for word in container.command)
    return tuple(name for match in found if match for name in shlex.split(match[1]))


def environment(state: Path, packages: Sequence[str]) -> Path:
    """The folder with `python3` of the environment for these packages.

    One that could not be filled is made anew the next time; the pod then asks pip itself, and its
    log shows the reason.
    """
    name = sha256("\n".join(packages).encode()).hexdigest()[:16]
    home = state / "packages" / name
    home.parent.mkdir(exist_ok=True)
    with (home.parent / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another pod, or process, may be making the same one
        complete = home / ".complete"
        if complete.exists() and (home / "bin" / "python3").exists():
            return home / "bin"
        shutil.rmtree(home, ignore_errors=True)
        interpreter.make(home, "pip")
        python = str(home / "bin" / "python3")
        command = [python, "-m", "pip", "install", "--quiet", *packages]
        if subprocess.run(command, capture_output=True).returncode == 0:
            complete.touch()
        return home / "bin"
