"""In a container that masks parts of /proc, as a Kubeflow notebook server does: isolated."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys

import pytest
from tests.support import images
from tests.support.handed_in_notebooks.submitted import FULL, LESSON, SOLVED, dump
from workbook.paths import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("podman", "runc", "bwrap"))), reason="needs Podman and runc"
    ),
]
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
LIMITS = ("--pids-limit", "1000", "--memory", "4g", "--network", "none")
LIMITS += ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")


@pytest.mark.parametrize("user", ["0", "64001"])
def test_a_container_that_masks_proc_grades_isolated(tmp_path, user):
    images.make(images.BUSYBOX)
    place = tmp_path / "in" / "kim" / LESSON.file_name
    place.parent.mkdir(parents=True)
    place.write_bytes(dump(SOLVED))
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o777)
    seen = {*filter(os.path.exists, SYSTEM), sys.base_prefix, sys.prefix, str(REPOSITORY)}
    line = ["podman", "run", "--rm", "--runtime", "runc", "--user", user, *LIMITS]
    line += ["--security-opt", "seccomp=unconfined"]  # as Kubernetes has it by itself
    line += [word for folder in sorted(seen) for word in ("-v", f"{folder}:{folder}:ro")]
    line += ["-v", f"{tmp_path / 'in'}:/in:ro", "-v", f"{tmp_path / 'out'}:/out"]
    line += ["-e", "HOME=/tmp/home", "-e", "LOCALKFP_HOME=/tmp/home/state"]
    line += ["-e", "PATH=/usr/bin:/bin", images.BUSYBOX]
    line += [f"{sys.prefix}/bin/workbook", "grade", "/in", "--out", "/out/graded", "--seed", "1"]
    done = subprocess.run(
        [*line, "--require-isolation"], capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Can't mount proc" in done.stderr  # so it is masked
    with (tmp_path / "out" / "graded" / "grades.csv").open(encoding="utf-8-sig") as table:
        (row,) = csv.DictReader(table)
    assert (float(row["points"]), row["isolated"]) == (FULL, "yes")
