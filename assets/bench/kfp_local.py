"""localkfp beside kfp 2.17.0's own local runner: python assets/bench/kfp_local.py

In one run, by turns: the add example on `localkfp.run`, and its translation on `kfp.local` with
SubprocessRunner(use_venv=False), in an environment with kfp 2.17.0 that is made first (by pip, in a
temporary folder). Imports and compiling are not counted on either side. Prints both medians and
how many times quicker localkfp is. Goal: at least 8.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import localkfp
from tests.support.handout_pipeline import WORKFLOW

ROUNDS = 7
SOURCE = Path(__file__).parents[1] / "data" / "sdk_2"  # add_sdk_2.py, which lesson 11 reads too
PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from kfp import local
from add_sdk_2 import my_pipeline
local.init(runner=local.SubprocessRunner(use_venv=False))
for line in sys.stdin:
    begin = time.perf_counter()
    result = my_pipeline(value_1=5, value_2=3).output
    print("seconds", time.perf_counter() - begin, result, flush=True)
"""


def environment(folder: Path) -> Path:
    """The Python of an environment with kfp 2.17.0."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "kfp==2.17.0"], check=True)
    return python


def on_kfp_local(process: subprocess.Popen[str]) -> float:
    print("run", file=process.stdin, flush=True)
    for line in process.stdout:
        if line.startswith("seconds"):
            _word, seconds, result = line.split()
            assert result == "16", line
            return float(seconds)
    raise SystemExit("kfp.local ended without a result")


def on_localkfp() -> float:
    begin = time.perf_counter()
    result = localkfp.run(localkfp.load(WORKFLOW), {"value_1": 5, "value_2": 3})
    seconds = time.perf_counter() - begin
    assert result.outputs["multiply"] == {"multiply-Output": "16"}, json.dumps(result.logs)
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        line = [environment(Path(folder) / "kfp-2"), "-c", PROGRAM, SOURCE]
        process = subprocess.Popen(
            line, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        rounds = range(ROUNDS + 1)  # the first warms up
        pairs = [(on_localkfp(), on_kfp_local(process)) for _ in rounds][1:]
        process.stdin.close()
        process.wait()
    here, there = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"localkfp   {here * 1000:6.0f} ms   median of {ROUNDS}")
    print(f"kfp.local  {there * 1000:6.0f} ms   median of {ROUNDS}")
    print(f"quicker    {there / here:6.1f} times   goal: at least 8")


if __name__ == "__main__":
    main()
