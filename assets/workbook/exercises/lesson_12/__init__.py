"""Lesson 12: on a cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.runs import run_succeeded
from workbook.exercises.judges.typed import choice, with_keys
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.words import spoken_arguments
from workbook.exercises.judges.workflows import graph, judge_workflow, step_outputs
from workbook.exercises.lesson_12.port_forward import judge_forward
from workbook.exercises.model import (
    RIGHT,
    Case,
    Exercise,
    Finding,
    Trial,
    not_attempted,
    not_yet,
    right,
)
from workbook.language import _

RECORDED = "retry-random-failures-p9snt"
PODS = {
    "print-msg": f"{RECORDED}-3292940923",
    "random-failure(0)": f"{RECORDED}-310421839",
    "print-msg-2": f"{RECORDED}-1189960944",
}
RETRY = {"random-failure": f"{RECORDED}-3193641316"}
DAG = {RECORDED: RECORDED}

ACCESS = {
    "a": {"host": "http://localhost:3000", "namespace": "", "credentials": "none"},
    "b": {
        "host": "http://localhost:8080/pipeline",
        "namespace": "kubeflow-user-example-com",
        "credentials": "cookies",
    },
    "c": {"host": "", "namespace": "team-blue", "credentials": "token file"},
}
OWN = re.compile(r"^(https?)://(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)", re.IGNORECASE)
CREDENTIALS = ("none", "cookies", "token file")
DEFAULT_IMAGE = "python:3.7"  # kfp 1.8.24, when no base_image is given


NO_ADDRESS = _("nobody gave an address: neither host nor the variable does.")
NO_SERVER = _("NB_PREFIX isn't set, so this is no notebook server.")
DOORS = {
    "a": (
        "localkfp",
        {
            "address": _("a port-forward is there, but neither host nor variable says so."),
            "notebook server": NO_SERVER,
        },
    ),
    "b": (
        "address",
        {
            "localkfp": _("the variable names an address; whether it answers comes later."),
            "notebook server": NO_SERVER,
        },
    ),
    "c": (
        "notebook server",
        {"address": NO_ADDRESS, "localkfp": _("it has a token, so the cluster is open.")},
    ),
    "d": (
        "localkfp",
        {
            "address": NO_ADDRESS,
            "notebook server": _("without a token the cluster would answer 403."),
        },
    ),
    "e": (
        "address",
        {
            "notebook server": _("host isn't empty, and that rule comes first."),
            "localkfp": _("host isn't empty, and that rule comes first."),
        },
    ),
}


def _access(answer: Any) -> Finding:
    answer = with_keys(answer, ACCESS)
    wanted = _("asked for is a dict with a, b and c, each a dict with host, namespace, credentials")
    if not isinstance(answer, Mapping) or answer.keys() != ACCESS.keys():
        return not_yet(
            _("you gave {answer}; {wanted}.").format(answer=f"{answer!r:.100}", wanted=wanted)
        )
    for letter, expected in ACCESS.items():
        one = answer[letter]
        if not isinstance(one, Mapping) or one.keys() != expected.keys():
            return not_yet(
                _("for {letter} you gave {answer}; {wanted}.").format(
                    letter=letter, answer=f"{one!r:.100}", wanted=wanted
                )
            )
        if choice(one["credentials"]) not in CREDENTIALS:
            return not_yet(
                _("{letter}: credentials are one of {choices}; you gave {answer}.").format(
                    letter=letter,
                    choices=", ".join(CREDENTIALS),
                    answer=f"{one['credentials']!r:.60}",
                )
            )
        for question, value in expected.items():
            if _meant(one[question]) != value:
                return not_yet(
                    _("{letter}, {question} {answer}: {reason}").format(
                        letter=letter,
                        question=question,
                        answer=f"{one[question]!r:.80}",
                        reason=_reasons()[letter, question],
                    )
                )
    return right()


def _meant(value: Any) -> Any:
    """kfp takes None for no host, and `endpoint` takes the last slash off an address; there are
    several ways to write one's own machine."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = choice(value) if choice(value) in CREDENTIALS else value.strip().rstrip("/")
    return OWN.sub(lambda found: f"{found[1].lower()}://localhost", text)


def _reasons() -> dict[tuple[str, str], str]:
    return {
        ("a", "host"): _("the port HERE is what your machine has: http://localhost:HERE."),
        ("a", "namespace"): _("standalone knows no users; kubeflow is where it is installed."),
        ("a", "credentials"): _("standalone has no login."),
        ("b", "host"): _("behind the gateway are many pages; Pipelines has a path of its own."),
        ("b", "namespace"): _("with several users, runs belong to a profile."),
        ("b", "credentials"): _("a login at dex leaves the same behind as in a browser."),
        ("c", "host"): _("with a host, kfp 1.8 leaves out the token."),
        ("c", "namespace"): _("runs belong to the profile in which the server is."),
        ("c", "credentials"): _("the PodDefault has put something into the Pod."),
    }


def _pods(answer: Any) -> Finding:
    return judge_value(
        answer,
        PODS,
        [
            (PODS | RETRY | DAG, _("two of the five nodes have no Pod: look at their type.")),
            (PODS | RETRY, _("a Retry only repeats: each try is a Pod, and the Retry has none.")),
            (PODS | DAG, _("a DAG has no Pod.")),
            (
                {name: pod for name, pod in PODS.items() if "(" not in name} | RETRY,
                _("random-failure is a Retry, which has no Pod; its try has one."),
            ),
            (
                {pod: name for name, pod in PODS.items()},
                _("the right Pods, the wrong way round: display name first."),
            ),
        ],
        expects=_("asked for are the nodes of type Pod, display name to the name of the node."),
    )


STEPS = {"prices": (), "total": ("prices",), "say": ("total",)}
TOTALS = (
    ({"count": 4}, {"prices": "3,6,9,12", "total": "30"}),
    ({"count": 1}, {"prices": "3", "total": "3"}),
)


def _till(answer: Mapping[str, Any], cases: Sequence[Case]) -> Finding:
    if not graph(answer):
        return not_attempted()
    templates = {
        template["name"]: template["container"]
        for template in answer["spec"]["templates"]
        if "container" in template
    }
    faults = [fault for name, one in templates.items() if (fault := _fault(name, one))]
    if not faults:
        found = judge_workflow(answer, STEPS, cases)
        return found if found.verdict != RIGHT else _said(answer, *cases[0])
    if _as_handed_out(templates):
        return not_attempted()
    return not_yet(faults[0])


def _said(
    answer: Mapping[str, Any], arguments: Mapping[str, Any], wanted: Mapping[str, str]
) -> Finding:
    words = spoken_arguments(arguments)
    run = run_succeeded(answer, arguments, words)
    if isinstance(run, Finding):
        return run
    log = run.logs.get("say", "")
    if wanted["total"] in re.findall(
        r"\d+", log.partition("\n")[2]
    ):  # the first line is localkfp's
        return right()
    return not_yet(
        _("run with {arguments}, say prints {given!r}; it should say the total, {wanted}.").format(
            arguments=words,
            given=f"{log.partition(chr(10))[2].strip():.60}",
            wanted=wanted["total"],
        )
    )


def _as_handed_out(templates: Mapping[str, Mapping[str, Any]]) -> bool:
    prices, say = templates.get("prices", {}), templates.get("say", {})
    untouched = prices.get("image") == DEFAULT_IMAGE and not _is_ascii(prices)
    return untouched and say.get("image") == "alpine" and not say.get("command")


def _fault(name: str, container: Mapping[str, Any]) -> str:
    """Why a cluster might not run a step, empty if nothing is known against it."""
    image = str(container.get("image", ""))
    _repository, mark, tag = image.rpartition("/")[2].partition(":")
    if not container.get("command"):
        return _("{name} has no command, and emissary doesn't look into the image.").format(
            name=name
        )
    if image == DEFAULT_IMAGE:
        return _(
            "{name} has the image {image}: kfp's old default, which you didn't choose."
        ).format(name=name, image=image)
    if "@sha256" not in image and (not mark or tag == "latest"):
        return _("{name} has the image {image!r}, without a tag that stays the same.").format(
            name=name, image=image
        )
    if not image.partition("@")[0].rpartition(":")[0].islower():
        return _(
            "{name} has the image {image!r}: the name of an image is in small letters."
        ).format(name=name, image=image)
    if not _is_ascii(container):
        return _("the program of {name} isn't ASCII, and an old database refuses it.").format(
            name=name
        )
    return ""


def _is_ascii(container: Mapping[str, Any]) -> bool:
    words = [*container.get("command", ()), *container.get("args", ())]
    return all(str(word).isascii() for word in words)


QUIZ = {
    "1": (
        "b",
        {
            "a": _("the API would say that; this is Istio, which saw nobody."),
            "c": _("it has done its work: the token file is there."),
        },
    ),
    "2": (
        "c",
        {
            "a": _("the client only looked; the workflow-controller runs it."),
            "b": _("nothing in the cluster waits for your client."),
        },
    ),
    "3": (
        "a",
        {
            "b": _("then kubectl apply would have complained, and made no Pod."),
            "c": _("that ends in OOMKilled, or the Pod stays Pending."),
        },
    ),
}


EXERCISES = (
    Exercise(
        "12-1",
        "value",
        quiz(DOORS),
        (
            _("Is there anything in host? If not, in which order are the others asked?"),
            _("find_door(host, {...}).kind answers for a and b; the table says what it looks at."),
            _("Two are localkfp, two an address, and one goes in by its token."),
        ),
    ),
    Exercise(
        "12-2",
        "value",
        judge_forward,
        (
            _("Which of the four services has pages, and in which namespace is it?"),
            _("kubectl port-forward -n NAMESPACE svc/NAME HERE:THERE"),
            _("svc/ml-pipeline-ui in ml; here 8900, there the port of PORT(S)."),
        ),
    ),
    Exercise(
        "12-3",
        "value",
        _access,
        (
            _("Does this cluster know users at all, and if so, how did it get to know you?"),
            _("The list under The login has a way for b and for c; Namespaces has the rest."),
            _("a needs only its host; b's ends with /pipeline; c's is empty."),
        ),
    ),
    Exercise(
        "12-4",
        "value",
        _pods,
        (
            _("Five nodes; which of them are a program that ran?"),
            _('recorded.items() gives names and nodes; a node has "displayName" and "type".'),
            _('{node["displayName"]: name for name, node in ... if node["type"] == ...}'),
        ),
    ),
    Exercise(
        "12-5",
        "workflow",
        _till,
        (
            _("Which image, which command and which text does each of the three steps have?"),
            _("create_component_from_func(..., base_image=...); in YAML, command: beside args:"),
            _("prices without Korean, on python:3.11; say on alpine:3.20 with command: [echo]."),
        ),
        Trial(TOTALS, step_outputs("prices", "total")),
    ),
    Exercise(
        "12-quiz",
        "value",
        quiz(QUIZ),
        (
            _("Who runs the Pods, and who merely looks?"),
            _("The text under Reading a refusal; the three things to know before installing."),
            _("1: what does a host leave out? 2: the run is elsewhere. 3: amd64."),
        ),
    ),
)
