"""The workbook in a Kubeflow notebook server: an environment and a kernel of its own, "KFP v1".

    python3 assets/notebook-server/kernel.py

by the server's own Python, which has kfp 2 and keeps it: kfp 1.8.24 and kfp 2 exclude each other.
The environment lies in ~/kfp-v1, on the volume that outlives the Pod. Run it again whenever the
kernel doesn't start: an image with another Python leaves an environment behind whose Python is
gone, and this makes it anew. Needs nothing but the standard library.
"""

from __future__ import annotations

import gettext
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[1]
ENVIRONMENT = "kfp-v1"  # in HOME; the kernel's name too
DISPLAY_NAME = "KFP v1"
PYTHONS = ((3, 10), (3, 12))  # as workbook/environment.py has it
NEEDED_BYTES = 800_000_000  # the environment has about 400 MB, and pip unpacks beside it
WORKS = "import ipykernel, kfp, localkfp, workbook; assert kfp.__version__ == '1.8.24'"

_ = gettext.translation("workbook", ASSETS / "locale", fallback=True).gettext


class KernelProblem(Exception):
    """The kernel can't be made; the message says why and what to do."""


def main() -> int:
    try:
        environment = Path.home() / ENVIRONMENT
        if works(environment):
            print(_("{folder} is as it should be").format(folder=environment))
        else:
            make(environment)
        print(_("kernel: {file}").format(file=register(environment)))
        copy_lessons(environment)
    except KernelProblem as problem:
        print(f"kernel: {problem}", file=sys.stderr)
        return 2
    print(_('Reload the page, open my-notebooks, and see that the kernel is "KFP v1".'))
    return 0


def works(environment: Path) -> bool:
    """Whether its Python starts and has what the lessons need. After an upgrade of the image it
    is a link to nothing, or to another Python that knows none of its packages."""
    try:
        command = [environment / "bin" / "python", "-c", WORKS]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make(environment: Path) -> None:
    """The environment, anew if there is a broken one. Raises KernelProblem."""
    check_python(sys.version_info[:2])
    home = environment.parent
    free = shutil.disk_usage(home).free
    if free < NEEDED_BYTES:
        raise KernelProblem(
            _(
                "{home} has {free} MB free, and {needed} are needed. Make room: ~/.cache/pip can "
                "go; or make a notebook server with a larger volume."
            ).format(home=home, free=free // 10**6, needed=NEEDED_BYTES // 10**6)
        )
    if environment.exists():
        print(_("{folder} doesn't work any more: made anew").format(folder=environment), flush=True)
    print(_("making {folder}: some minutes, once").format(folder=environment), flush=True)
    run([sys.executable, "-m", "venv", "--clear", str(environment)])
    # PIP_USER and PYTHONPATH of the image would lead into its own packages
    inside = {k: v for k, v in os.environ.items() if k not in ("PIP_USER", "PYTHONPATH")}
    requirements = ["-r", str(ASSETS.parent / "requirements.txt")]
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", "--no-cache-dir"]
    run([*pip, *requirements], environment=inside)


def check_python(version: tuple[int, ...]) -> None:
    oldest, newest = PYTHONS
    if not oldest <= version <= newest:
        raise KernelProblem(
            _(
                "This is Python {version}; the workbook needs 3.10, 3.11 or 3.12. Choose a "
                "notebook image that has one, or run this file with it."
            ).format(version=".".join(map(str, version)))
        )


def register(environment: Path) -> Path:
    """Tell JupyterLab of the kernel, in HOME, where every Jupyter of this user looks."""
    data = Path(os.environ.get("JUPYTER_DATA_DIR") or Path.home() / ".local/share/jupyter")
    file = data / "kernels" / ENVIRONMENT / "kernel.json"
    python = str(environment / "bin" / "python")
    kernel = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "python",
        "metadata": {"debugger": True},
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(kernel, indent=1))
    except OSError as error:
        raise KernelProblem(
            _("{file} can't be written: {reason}. Make HOME yours, then run this again.").format(
                file=file, reason=error.strerror
            )
        ) from None
    return file


def copy_lessons(environment: Path) -> None:
    """The learner's copy, made by the workbook of the new environment."""
    run([str(environment / "bin" / "workbook"), "start"])


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    # `-e ./assets` in requirements.txt is meant from the folder of the workbook
    result = subprocess.run(command, env=environment, cwd=ASSETS.parent, check=False)
    if result.returncode:
        raise KernelProblem(
            _(
                "`{command}` failed; its last lines above say why. Fix that, and run this again: "
                "what is there already is used."
            ).format(command=" ".join(command))
        )


if __name__ == "__main__":
    sys.exit(main())
