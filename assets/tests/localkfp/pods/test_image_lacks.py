"""What a step that failed is told of its image: what that may have and a process hasn't."""

from __future__ import annotations

import pytest
from localkfp.pods.image_lacks import told
from localkfp.workflow.model import Container

OWN = "gcr.io/team/train:1.2"
SCRIPT = ("python3", "/pipelines/src/main.py")
NO_SCRIPT = (
    "python3: can't open file '/pipelines/src/main.py': [Errno 2] No such file or directory\n"
)


@pytest.mark.parametrize(
    ("command", "said", "words"),
    [
        (SCRIPT, NO_SCRIPT, "has no /pipelines/src/main.py, which gcr.io/team/train:1.2 may have"),
        (("bash", "/app/run.sh"), "bash: /app/run.sh: No such file or directory\n", "/app/run.sh"),
        (
            ("java", "-jar", "/app/x.jar"),
            "Error: Unable to access jarfile /app/x.jar",
            "/app/x.jar",
        ),
        (("sh", "-c", "gsutil ls"), "sh: 1: gsutil: not found\n", "no program gsutil"),
        (("bash", "-c", "x"), "bash: line 1: bq: command not found\n", "no program bq"),
        (("sh", "-c", "x"), "sh: x-y: not found\n", "no program x-y"),
        (("sh", "-c", "x"), "sh: 1: set: Illegal option -o pipefail\n", "sh of this machine isn't"),
        (("sh", "-c", "x"), "sh: 0: Illegal option -o pipefail\n", "(Illegal option -o pipefail)"),
        (("sh", "-c", "x"), "sh: 1: [[: not found\n", "([[: not found)"),
        (("sh", "-c", "x"), "/bin/sh: 3: Bad substitution\n", "(Bad substitution)"),
        (("sh", "-c", "x"), 'sh: 1: Syntax error: "(" unexpected\n', 'Syntax error: "("'),
        (("sh", "-c", "x"), "sh: 2: source: not found\n", "(source: not found)"),
        (SCRIPT, "ModuleNotFoundError: No module named 'torch.nn'\n", "no module torch.nn"),
    ],
)
def test_what_the_image_may_have_is_named(command, said, words):
    line = told(Container(OWN, command), f"earlier\n{said}", lambda path: False)
    assert words in line
    assert line.startswith("localkfp: ")
    assert line.endswith("; `localkfp serve --pods containers` runs the image itself.\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("image", "command", "said"),
    [
        (OWN, SCRIPT, "ValueError: /pipelines is no number\n"),
        (OWN, ("cat", "/etc/passwd"), "cat: /etc/passwd: Permission denied\n"),  # it is here
        (OWN, ("cat", "/tmp/a/b"), "cat: /tmp/a/b: No such file or directory\n"),  # the pod's own
        (OWN, ("cat", "/mnt/out/x"), "cat: /mnt/out/x: No such file or directory\n"),  # declared
        (OWN, ("cat", "/a/b"), "cat: /other/b: No such file or directory\n"),
        ("python:3.11", SCRIPT, NO_SCRIPT),
        ("python:3.7", SCRIPT, "ModuleNotFoundError: No module named 'numpy'\n"),
        ("docker.io/library/python:3.11-slim", ("sh",), "sh: 1: set: Illegal option -o pipefail\n"),
        ("python", ("sh", "-c", "x"), "sh: 1: source: not found\n"),
        (OWN, ("sh", "-c", "x"), ""),
    ],
)
def test_what_fails_on_a_cluster_as_well_gets_no_such_line(image, command, said):
    assert told(Container(image, command), said, lambda p: p.startswith("/mnt/out")) == ""


def test_a_bare_python_has_programs_that_this_machine_may_lack():
    container = Container("python:3.11", ("sh", "-c", "gcc x.c"))
    assert "no program gcc, which python:3.11" in told(
        container, "sh: 1: gcc: not found\n", lambda path: False
    )
