"""The other sandbox: answers as data come in, findings go out.

The judges run Workflows whose programs a stranger wrote. Those run in localkfp's pods, in a user
namespace below this process; and the sources of the judges are no longer there when the first of
them starts. Some of what a Workflow asks for localkfp runs beside its pods (pip, for packages), so
this process also lets nobody of its own user trace it, read its memory or take its channel.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import localkfp
from kfp.components import create_component_from_func
from localkfp.pods import process

from workbook.exercises import EXERCISES
from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, Case, Finding
from workbook.grading.sandbox.inside import namespaces, parse, wire, yaml_in_c
from workbook.kernel import answers
from workbook.language import _


def warm_up() -> None:
    """Compile once, and ask the system what a pod can have: both are remembered."""

    yaml_in_c.prefer()

    def twice(n: int) -> int:
        return 2 * n

    twice_op = create_component_from_func(twice, base_image="python:3.11")

    def pipeline(n: int) -> None:
        twice_op(n)

    localkfp.load(answers.compile_pipeline(pipeline))
    process.has_namespaces()


def serve(end: socket.socket, request: dict[str, Any], box: Path) -> None:
    """A message is `{"judge": exercise, "answer": text, "given": parameters, "cases": cases}`; of
    the solution's answers also `{"observe": exercise, "answer": text, "arguments": [...]}`."""
    if request["isolated"]:
        namespaces.hide_memory()
    for line in end.makefile("rb"):
        message = wire.parse(line)
        if "observe" in message:
            reply = observe(message["observe"], message["answer"], message["arguments"])
        else:
            finding = find(*(message[key] for key in ("judge", "answer", "given", "cases")))
            reply = {"verdict": finding.verdict, "text": finding.text, "wrong": finding.wrong}
        wire.send(end, {"reply": reply, "turn": message["turn"]})


def observe(exercise_id: str, text: str, arguments: list[dict[str, Any]]) -> dict[str, Any]:
    """`seen`: what comes of the solution's answer with each of the arguments; or why not,
    `wrong`."""
    trial = EXERCISES[exercise_id].trial
    if trial is None:
        return {"wrong": "its answer is not run"}
    try:
        answer = parse.strictly(text)["answer"]
        return {"seen": [trial.observe(answer, each) for each in arguments]}
    except Exception as error:
        return {"wrong": f"{type(error).__name__}: {error}"[:500]}


def find(
    exercise_id: str, text: str, given: dict[str, Any], cases: list[Case] | None = None
) -> Finding:
    """The finding on an answer as `recording.take` wrote it, or as anybody else did."""
    exercise = EXERCISES[exercise_id]
    try:
        found = parse.strictly(text)
    except ValueError as error:
        return Finding(NOT_YET, _("the answer can't be read: {error}").format(error=error))
    if found == {}:
        return Finding(NOT_ATTEMPTED)
    if isinstance(found, dict) and isinstance(found.get("wrong"), str):
        return Finding(NOT_YET, found["wrong"][:1000])
    if not isinstance(found, dict) or found.keys() != {"answer"}:
        return Finding(NOT_YET, _("the answer can't be read: it has not the shape of one"))
    answer = found["answer"]
    if exercise.kind != "value" and not isinstance(answer, dict):
        return Finding(NOT_YET, _("the answer can't be read: it has not the shape of one"))
    try:
        return exercise.find(answer, given, cases)
    except Exception as error:  # whatever a forged answer does to a judge is its author's
        what = f"{type(error).__name__}: {error}"[:500]
        return Finding(NOT_YET, _("the answer can't be judged: {error}").format(error=what))
