"""The image that a Pod grades in, built by its Containerfile on a Debian of Debian's own packages.

    python -m tests.support.images.grading

stands in for the image that the Containerfile begins with, since no registry of images is asked.
The first time takes some minutes, and later ones build what has changed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from workbook.grading.cluster.pipeline import IMAGE
from workbook.paths import ASSETS, REPOSITORY

BASE = "localhost/workbook-tests/python:bookworm"
PACKAGES = "python3-pip,python3-venv,python-is-python3,ca-certificates"
CHANGES = ("ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV PIP_BREAK_SYSTEM_PACKAGES=1")
# of this machine, so that the registries of packages are reached as it reaches them
SEEN = ("/etc/ssl/certs", "/etc/pip.conf", "/etc/apt", "/etc/resolv.conf")
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")


def make() -> str:
    """Build it of the working copy. Returns its name."""
    if subprocess.run(["podman", "image", "exists", BASE]).returncode:
        _make_base()
    line = ["podman", "build", "--quiet", "--network", "host", *LIMITS, "--from", BASE]
    line += [word for file in SEEN if Path(file).exists() for word in ("-v", f"{file}:{file}:ro")]
    file = ASSETS / "grading" / "Containerfile"
    subprocess.run([*line, "-t", IMAGE, "-f", str(file), str(REPOSITORY)], check=True)
    return IMAGE


def _make_base() -> None:
    debian = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={PACKAGES}", "bookworm", "-"]
    changes = [word for change in CHANGES for word in ("--change", change)]
    with subprocess.Popen(debian, stdout=subprocess.PIPE) as making:
        taken = ["podman", "import", "--quiet", *changes, "-", BASE]
        subprocess.run(taken, stdin=making.stdout, check=True)
    if making.returncode:
        raise RuntimeError("mmdebstrap could make no Debian")


if __name__ == "__main__":
    print(make())
