"""Lesson 07: control flow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import localkfp

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.runs import SECONDS, run_ended, why
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import graph
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_attempted, not_yet, right
from workbook.language import _

ATTEMPTS = 4
LONGEST = 60  # seconds for each attempt of 07-4
TURN = re.compile(r"\.(for-loop-\d+\(\d+:)")  # in a node's name
MOST_LINES, LONGEST_LINE = 8, 60  # of what the steps printed, in a finding
# the second of a case: the run's phase, and the lines that the steps print, sorted
WEIGHTS = {0: "refuse", -5: "refuse", 1: "send", 20: "send", 21: "split", 100: "split"}
SORTED = tuple(({"weight": n}, ("Succeeded", [word])) for n, word in WEIGHTS.items())
HEAVY: tuple[Case, ...] = (
    ({"names": "book lamp piano", "limit": 4}, ("Succeeded", ["piano"])),
    ({"names": "a bb ccc", "limit": 1}, ("Succeeded", ["bb", "ccc"])),
    ({"names": "", "limit": 0}, ("Succeeded", [])),
)
FETCHED = tuple(({"ready": n}, ("Succeeded", ["the data"])) for n in (0, ATTEMPTS - 1))
GUARDED = (
    ({"weight": 20}, ("Succeeded", ["ended: Succeeded", "send"])),
    ({"weight": 21}, ("Succeeded", ["ended: Succeeded", "split"])),
    ({"weight": -1}, ("Failed", ["a scale that is broken", "ended: Failed"])),
)


def _said(answer: Any) -> Finding:
    return judge_value(
        answer,
        ["large", "other", "small"],
        causes=[
            (["large"], _("the conditions are asked one by one; none is the else of another.")),
            (
                ["large", "one", "other", "small"],
                _("a condition with == and its opposite with != are never both true."),
            ),
            (
                ["large", "one", "small"],
                _("mode is compared with a text, letter by letter: '1.0' is not '1'."),
            ),
            (
                ["large", "small", "other"],
                _("the right words; sort the list."),
            ),
            (["large", "small"], _("one more: '1.0' differs from '1', letter by letter.")),
        ],
        expects=_("ask each condition by itself, with n = 3 and mode = '1.0'."),
    )


def _sort_parcel(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    said: dict[str, str] = {}  # place of a step -> its word

    def one_word(result: localkfp.LocalRun, arguments: Mapping[str, Any]) -> Finding | None:
        for node in result.nodes:
            for word in _lines(node) if node.type == "Pod" else ():
                if said.setdefault(_place(node), word) != word:
                    return not_yet(
                        _(
                            "the step {step} says {one} in one run and {other} in another: give "
                            "each word a step, and let dsl.Condition decide which of them runs."
                        ).format(step=node.display_name, one=said[_place(node)], other=word)
                    )
        idle = _untaken(result, answer)
        return _for_nothing(spoken_arguments(arguments), idle[0]) if idle else None

    return _judge(
        answer,
        {
            "when": _(
                "the pipeline decides, by dsl.Condition; a component can't choose steps, and "
                "Python's if decides while compiling."
            )
        },
        cases,
        one_word,
    )


def _heavy_ones(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    return _judge(
        answer,
        {
            "withParam": _("loop by dsl.ParallelFor over what pack gives."),
            "when": _("decide by dsl.Condition, inside the loop."),
        },
        cases,
        _judge_turns,
    )


def _judge_turns(result: localkfp.LocalRun, arguments: Mapping[str, Any]) -> Finding | None:
    """None when there is a turn of a loop for each parcel, and a Pod only for a heavy one."""
    names, words = arguments["names"].split(), spoken_arguments(arguments)
    groups = [set(TURN.findall(n.name)) for n in result.nodes if n.type != "Pod"]
    turns = set().union(*groups)
    if len(turns) != len(names):
        return not_yet(
            _(
                "run with {arguments} the loop has {given} turns; there are {wanted} parcels. Loop "
                "over what pack gives, and decide inside."
            ).format(arguments=words, given=len(turns), wanted=len(names))
        )
    heavy = sum(len(name) > arguments["limit"] for name in names)
    pods = [set(TURN.findall(n.name)) for n in result.nodes if n.type == "Pod"]
    started = len(set().union(*pods))
    if started != heavy:
        return not_yet(
            _(
                "run with {arguments}, {given} parcels started a Pod; {wanted} of them are heavier "
                "than the limit. Decide by dsl.Condition, before any step of the turn."
            ).format(arguments=words, given=started, wanted=heavy)
        )
    return None


def _patient(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if not graph(answer):
        return not_attempted()
    templates = {template["name"]: template for template in answer["spec"]["templates"]}
    fetch = templates.get("fetch", {})
    if "retryStrategy" not in fetch:
        return not_yet(_("fetch has no retryStrategy: call set_retry on its task."))
    if "{{retries}}" not in fetch.get("container", {}).get("args", ()):
        return not_yet(_("fetch isn't told its attempt: pass '{{retries}}', which Argo fills."))
    found = _judge(answer, {}, cases)
    if found != right():
        return found
    late = {"ready": ATTEMPTS}
    result = run_ended(answer, late, spoken_arguments(late))
    if isinstance(result, Finding):
        return result
    attempts = sum(node.type == "Pod" and node.phase == "Failed" for node in result.nodes)
    if result.phase != "Failed" or attempts != ATTEMPTS:
        return not_yet(
            _(
                "with data that come too late, ready={ready}, it ends {phase} after {attempts} "
                "failed attempts; asked for are {wanted} attempts in all."
            ).format(ready=ATTEMPTS, phase=result.phase, attempts=attempts, wanted=ATTEMPTS)
        )
    deadline = str(fetch.get("activeDeadlineSeconds", _("none")))  # Argo takes 60 and "60"
    if deadline != str(LONGEST):
        return not_yet(
            _("the attempts are right; their deadline is {given}, not {wanted} seconds.").format(
                given=deadline, wanted=LONGEST
            )
        )
    if "parameters" not in fetch.get("outputs", {}):  # only a taken output is one
        return not_yet(_("nobody takes what fetch gives: pass its .output to say."))
    return right()


def _guarded(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if graph(answer) and "onExit" not in answer["spec"]:
        return not_yet(_("the Workflow has no onExit: wrap the steps into dsl.ExitHandler(...)."))
    return _judge(answer, {"when": _("decide by dsl.Condition.")}, cases)


def _judge(
    answer: Mapping[str, Any],
    keys: Mapping[str, str],
    cases: Sequence[Case],
    judged: Callable[[localkfp.LocalRun, Mapping[str, Any]], Finding | None] | None = None,
) -> Finding:
    """Judge a Workflow by what its steps print. `keys`: what some task must have, and what is said
    where none has it. `judged`: what else a run shows, with its arguments."""
    if not graph(answer):
        return not_attempted()
    dags = {t["name"]: t["dag"]["tasks"] for t in answer["spec"]["templates"] if "dag" in t}
    for key, cure in keys.items():
        if not any(key in task for tasks in dags.values() for task in tasks):
            return not_yet(_("no task has a {key}: {cure}").format(key=key, cure=cure))
    if empty := [name for name, tasks in dags.items() if not tasks]:
        return not_yet(
            _(
                "{name} has no step in it. Call a component there, like say(...): print in a "
                "pipeline function prints while compiling."
            ).format(name=empty[0])
        )
    for arguments, (phase, lines) in cases:
        words = spoken_arguments(arguments)
        result = run_ended(answer, arguments, words)
        if isinstance(result, Finding):
            return result
        printed = _printed(result)
        if result.phase != phase:
            return not_yet(
                _("run with {arguments} it ends {phase}, not {wanted}: {why}").format(
                    arguments=words,
                    phase=result.phase,
                    wanted=phase,
                    why=why(result) or _("the steps print {lines}.").format(lines=_list(printed)),
                )
            )
        if printed != sorted(lines):
            return not_yet(
                _("run with {arguments} the steps print {given}; asked for is {wanted}.").format(
                    arguments=words, given=_list(printed), wanted=_list(sorted(lines))
                )
            )
        if idle := _idle(result):
            return _for_nothing(words, idle[0])
        if judged and (finding := judged(result, arguments)):
            return finding
    return right()


def _for_nothing(words: str, step: str) -> Finding:
    return not_yet(
        _(
            "run with {arguments}, {step} started a Pod that printed nothing: decide by "
            "dsl.Condition whether a step runs, not inside it."
        ).format(arguments=words, step=step)
    )


def _observed(answer: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, list[str]]:
    result = localkfp.run(localkfp.load(answer), arguments, timeout=SECONDS)
    return result.phase, _printed(result)


def _printed(result: localkfp.LocalRun) -> list[str]:
    """What the pods printed, line by line, sorted; of attempts, the last one."""
    pods = {_place(node): node for node in result.nodes if node.type == "Pod"}
    return sorted(line for node in pods.values() for line in _lines(node))


def _idle(result: localkfp.LocalRun) -> list[str]:
    """The pods that ran for nothing: they printed nothing, and gave nothing."""
    return [node.display_name for node in _silent(result) if not node.outputs]


def _untaken(result: localkfp.LocalRun, manifest: Mapping[str, Any]) -> list[str]:
    """The pods that printed nothing, and whose outputs nobody takes."""
    text = json.dumps(manifest["spec"])
    return [
        node.display_name
        for node in _silent(result)
        if f"{{{{tasks.{node.template}.outputs." not in text
    ]


def _silent(result: localkfp.LocalRun) -> list[localkfp.LocalNode]:
    pods = [node for node in result.nodes if node.type == "Pod" and node.phase == "Succeeded"]
    return [node for node in pods if not _lines(node)]


def _place(node: localkfp.LocalNode) -> str:
    """Where a pod is in its run, the same in each run: without the run's name, and without its
    number among the attempts."""
    place = node.name.partition(".")[2]
    return re.sub(r"\(\d+\)$", "", place)


def _lines(node: localkfp.LocalNode) -> list[str]:
    return [line for line in node.log.splitlines() if line and not line.startswith("localkfp:")]


def _list(lines: Sequence[str]) -> str:
    """A step can print a million lines, and lines of many MB."""
    shown = ", ".join(f"{line!r:.{LONGEST_LINE}}" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        return _("{shown} and {count:,} more").format(shown=shown, count=len(lines) - MOST_LINES)
    return shown or _("nothing")


QUIZ = {
    "1": (
        "b",
        {
            "a": _("being skipped isn't handed on; only what failed stops what waits."),
            "c": _("that comes of taking an output of a skipped task; .after takes none."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("a retry begins anew, and only after a failure."),
            "b": _("a Pod ends with its program, and nothing in it is left."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("no turn waits for another; the second didn't come first."),
            "c": _("all turns start as soon as the list is there."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "07-1",
        "value",
        _said,
        (
            _("Does any of the four conditions know what another one decided?"),
            _("Ask each with n = 3; == and != with a text compare letter by letter."),
            _("3 > 2, 3 < 4, '1.0' == '1' is false, '1.0' != '1' is true."),
        ),
    ),
    Exercise(
        "07-2",
        "workflow",
        _sort_parcel,
        (
            _("Into which two halves does a weight fall first, and which half has two cases?"),
            _("dsl.Condition inside dsl.Condition is an and; use < and >=, <= and >."),
            _("with dsl.Condition(weight >= 1): with dsl.Condition(weight <= 20): say('send')"),
        ),
        Trial(SORTED, _observed),
    ),
    Exercise(
        "07-3",
        "workflow",
        _heavy_ones,
        (
            _("What is decided for each parcel, so that it has to stand inside the loop?"),
            _("dsl.ParallelFor(pack(names).output); in it dsl.Condition on parcel.weight."),
            _("with dsl.Condition(parcel.weight > limit): say(parcel.label)"),
        ),
        Trial(HEAVY, _observed),
    ),
    Exercise(
        "07-4",
        "workflow",
        _patient,
        (
            _("Four attempts in all: how many of them are further ones?"),
            _("set_retry and set_timeout on the task; fetch needs '{{retries}}' as its attempt."),
            _("task.set_retry(3).set_timeout(60), then say(task.output)"),
        ),
        Trial(FETCHED, _observed),
    ),
    Exercise(
        "07-5",
        "workflow",
        _guarded,
        (
            _("On what must a condition look, so that it waits for inspect?"),
            _("dsl.ExitHandler(say(...)) around the rest; conditions on inspect's output."),
            _("with dsl.ExitHandler(say('ended: {{workflow.status}}')): inspected = inspect(...)"),
        ),
        Trial(GUARDED, _observed),
    ),
    Exercise(
        "07-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Which of the three did you see happen in this lesson?"),
            _("Skipped is not failed; a cache looks at inputs; turns run side by side."),
            _("1: .after without an output. 2: same inputs. 3: a TaskGroup's turns are equal."),
        ),
    ),
)
