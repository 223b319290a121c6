"""The store's key where a learner's code runs as the same user: nowhere that it can look."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from workbook.grading.cluster.handover import hand_over, take

KEY = "AWS_SECRET_ACCESS_KEY"
NOBODY = 64001
# Root looks into every process; and who was root is closed, until it runs a program. What root's
# folders hold is read before: another user may not.
BECOME = f"""\
import ctypes, os, sys
from pathlib import Path
from workbook.grading.cluster.handover import take
if not os.getuid():
    os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
"""
GRADER = """\
take(os.environ, Path(sys.argv[1]))
print(os.environ["AWS_SECRET_ACCESS_KEY"], flush=True)
sys.stdin.read()"""
LEARNER = """\
for name in ("environ", "mem"):
    try:
        open(f"/proc/{sys.argv[1]}/{name}", "rb").close()
        print(name, "is open")
    except PermissionError:
        print(name, "is closed")"""


def looked_into(file, environment):
    """The key that a grader has, and what another process of its user can open of it."""
    with subprocess.Popen(
        [sys.executable, "-c", BECOME + GRADER, str(file)],
        env=dict(os.environ) | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as grader:
        said = grader.stdout.readline().strip()
        line = [sys.executable, "-c", BECOME + LEARNER, str(grader.pid)]
        found = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        grader.stdin.close()
    return said, found.splitlines()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is Linux that closes it")
def test_the_grader_that_took_it_can_be_looked_into_by_nobody(tmp_path_factory):
    shared = tmp_path_factory.mktemp("pod")
    shared.chmod(0o777)
    top = Path(tempfile.gettempdir())
    for folder in itertools.takewhile(lambda folder: folder != top, shared.parents):
        folder.chmod(0o711)
    file = shared / "store-key.json"
    said, (environ, _mem) = looked_into(file, {KEY: "a"})
    # a kernel with Yama closes the memory to all but a parent by itself
    assert (said, environ) == ("a", "environ is open")
    hand_over({KEY: "hidden"}, file)
    if not os.getuid():
        os.chown(file, NOBODY, NOBODY)
    assert looked_into(file, {}) == ("hidden", ["environ is closed", "mem is closed"])
    assert not file.exists()


def test_it_is_in_a_file_of_this_user_alone_and_only_once(tmp_path):
    file = tmp_path / "key.json"
    hand_over({KEY: "hidden", "HOME": "/other"}, file)
    assert (file.stat().st_mode & 0o777, json.loads(file.read_text())[KEY]) == (0o600, "hidden")
    with pytest.raises(FileExistsError):
        hand_over({}, file)


def test_where_no_cluster_made_the_pod_nothing_is_taken(tmp_path):
    environment = {"HOME": "/mine"}
    take(environment, tmp_path / "none")
    assert environment == {"HOME": "/mine"}
