"""What a genuine API server 1.8.5 was asked in 1,142 requests: localkfp gives its answers, but for
what is wanted otherwise, each with its reason."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from tests.support.genuine.compare import differences
from tests.support.genuine.replay import Answer, Asker, files, record
from tests.support.genuine.wanted import WANTED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def replayed(tmp_path_factory, until):
    """Variables, steps, and the asker that has asked them all."""
    home = tmp_path_factory.mktemp("genuine")
    variables, steps = record()
    process = subprocess.Popen(
        [sys.executable, "-m", "localkfp", "serve", "--port", "0", "--fetch-urls"],
        env={**os.environ, "LOCALKFP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process, files(_good(steps)) as address:
        try:
            host = process.stdout.readline().split("serves ")[1].split()[0]
            asker = Asker(host, {"nil": variables["nil"], "files": address})
            for step in steps:
                asker.take(step)
            yield variables, steps, asker
        finally:
            process.terminate()


def _good(steps):
    """The file that the first upload sends."""
    body = next(step for step in steps if step.get("id") == "upload good")["body"]["base64"]
    return base64.b64decode(body).split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]


def test_every_answer_is_the_genuine_one_but_for_what_is_wanted_otherwise(replayed, capsys):
    variables, steps, asker = replayed
    answered = [step for step in steps if "answer" in step]
    equal, wanted, unwanted = 0, defaultdict(set), []
    for step in answered:
        genuine, ours = step["answer"], asker.answers[step["id"]]
        if "died" in genuine:
            lines = [f"it died -> {ours.status}"]
        else:
            lines = differences(Answer(**genuine), ours, variables, asker.variables)
        equal += not lines
        for line in lines:
            reasons = [entry.reason for entry in WANTED if entry.matches(step["id"], line)]
            if reasons:
                wanted[reasons[0]].add(step["id"])
            else:
                unwanted.append(f"{step['id']}: {line}"[:300])
    with capsys.disabled():
        print(f"\n{len(answered)} answers, {equal} equal")
        for reason, ids in sorted(wanted.items(), key=lambda each: -len(each[1])):
            print(f"{len(ids):4} {reason}")
        print(f"{len(unwanted):4} unwanted: {Counter(re.sub('.*: ', '', u)[:1] for u in unwanted)}")
    assert unwanted == []
    assert {entry.reason for entry in WANTED} - set(wanted) == set(), "wanted, but there is none"


def test_no_request_is_answered_with_500_where_the_genuine_server_answers_otherwise(replayed):
    _, steps, asker = replayed
    answered = [step for step in steps if "answer" in step]
    failed = [step for step in answered if asker.answers[step["id"]].status == 500]
    assert [step["id"] for step in failed if step["answer"].get("status") != 500] == []
