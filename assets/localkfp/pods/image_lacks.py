"""What a step that failed looked for and only its image may have: its files, its programs, the
modules of its Python, its shell. A pod that is a process has this machine's instead.

Told in the log, below what the program itself said. The message of the step stays a cluster's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from localkfp.workflow.model import Container

TAIL = 4096  # bytes of a log in which a program says why it ended
RUN_IT = "`localkfp serve --pods containers` runs the image itself"
OWN_PLACES = ("/tmp", "/root", "/dev", "/proc")  # the pod's, not the image's
PATH = re.compile(r"/[\w.+@/-]+")
BARE_PYTHON = re.compile(r"(docker\.io/)?(library/)?python(:[\w.-]+)?(@sha256:\w+)?")
MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
# as dash says it, as bash does, as busybox
SH = r"(?m)^(?:/bin/)?(?:ba)?sh: (?:line )?(?:\d+: )?"
PROGRAM = re.compile(SH + r"([\w./+-]+): (?:command )?not found")
BASH_ONLY = ("[[", "declare", "function", "let", "popd", "pushd", "shopt", "source")
SHELL = re.compile(
    SH + r"((?:set: )?Illegal option -o \w+|Bad substitution|Syntax error: .*"
    rf"|(?:{'|'.join(map(re.escape, BASH_ONLY))}): not found)"
)


def told(container: Container, said: str, declared: Callable[[str], bool]) -> str:
    """A line for the log of a container that failed, or nothing. `said` is the end of its log;
    `declared` says of a path whether the template itself makes it: an input, an output, a mount."""
    for lack in _lacks(container, said, declared):
        return f"localkfp: {lack}; {RUN_IT}.\n"
    return ""


def _lacks(container: Container, said: str, declared: Callable[[str], bool]) -> Iterator[str]:
    image = container.image
    for program in PROGRAM.findall(said):
        if program not in BASH_ONLY:
            yield f"this machine has no program {program}, which {image} may have"
    if BARE_PYTHON.fullmatch(image):  # it has this shell, and neither files nor packages
        return
    for complaint in SHELL.findall(said):
        yield f"the sh of this machine isn't that of {image} ({complaint})"
    for path in _paths(container):
        if path in said and not declared(path) and not Path(path).exists():
            yield f"this machine has no {path}, which {image} may have"
    for module in MODULE.findall(said):
        yield f"the Python here has no module {module}, which {image} may have"


def _paths(container: Container) -> Iterator[str]:
    for word in (*container.command, *container.args):
        for path in PATH.findall(word):
            if path.count("/") > 1 and not path.startswith(OWN_PLACES):
                yield path
