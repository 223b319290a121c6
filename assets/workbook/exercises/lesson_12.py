"""Lesson 12: on a cluster."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from workbook.exercises.judges.quiz import quiz
from workbook.exercises.judges.values import judge_value
from workbook.exercises.judges.workflows import graph, judge_workflow, step_outputs
from workbook.exercises.model import Case, Exercise, Finding, Trial, not_attempted, not_yet, right
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
CREDENTIALS = ("none", "cookies", "token file")
FORWARD = ["kubectl", "port-forward"]
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


def _forward(answer: Any) -> Finding:
    """The command is read, never run."""
    if not isinstance(answer, str):
        return not_yet(
            _("you gave a {kind}; asked for is the command as text.").format(
                kind=type(answer).__name__
            )
        )
    try:
        words = shlex.split(answer)
    except ValueError as error:
        return not_yet(_("a shell can't read it: {error}.").format(error=error))
    if words[:2] != FORWARD:
        return not_yet(
            _("it begins with {given!r}; asked for is kubectl port-forward ..., no loop.").format(
                given=f"{' '.join(words[:2]):.60}"
            )
        )
    namespace, rest = _split_namespace(words[2:])
    if namespace != "ml":
        return not_yet(
            _("it looks in the namespace {given}; the services are in another.").format(
                given=namespace or _("default, since none is named")
            )
        )
    if len(rest) != 2:
        return not_yet(
            _("after the namespace come the service and HERE:THERE; you gave {given}.").format(
                given=f"{' '.join(rest) or _('nothing'):.60}"
            )
        )
    return _judge_way(*rest)


def _judge_way(service: str, ports: str) -> Finding:
    kind, _mark, name = service.rpartition("/")
    if kind not in ("svc", "service", "services"):
        return not_yet(
            _("{given!r} would be a Pod's name; a service is svc/NAME.").format(
                given=f"{service:.60}"
            )
        )
    if name == "ml-pipeline":
        return not_yet(
            _("the service {name} is the API alone: a link would find no page there.").format(
                name=name
            )
        )
    if name != "ml-pipeline-ui":
        return not_yet(
            _("the service {name} is neither dashboard nor API.").format(name=f"{name:.60}")
        )
    if ports == "80:8900":
        return not_yet(_("80:8900 would open port 80 here; it is HERE:THERE."))
    if ports != "8900:80":
        return not_yet(
            _("the ports are {given}; here it should be 8900, there what PORT(S) says.").format(
                given=f"{ports:.60}"
            )
        )
    return right()


def _split_namespace(words: Sequence[str]) -> tuple[str, list[str]]:
    """The namespace that a kubectl command names, empty if none, and its other words."""
    namespace, rest = "", []
    following = iter(words)
    for word in following:
        if word in ("-n", "--namespace"):
            namespace = next(following, "")
        elif word.startswith(("-n=", "--namespace=")):
            namespace = word.partition("=")[2]
        else:
            rest.append(word)
    return namespace, rest


def _access(answer: Any) -> Finding:
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
        if one["credentials"] not in CREDENTIALS:
            return not_yet(
                _("{letter}: credentials are one of {choices}; you gave {answer}.").format(
                    letter=letter,
                    choices=", ".join(CREDENTIALS),
                    answer=f"{one['credentials']!r:.60}",
                )
            )
        for question, value in expected.items():
            if _without_slash(one[question]) != value:
                return not_yet(
                    _("{letter}, {question} {answer}: {reason}").format(
                        letter=letter,
                        question=question,
                        answer=f"{one[question]!r:.80}",
                        reason=_reasons()[letter, question],
                    )
                )
    return right()


def _without_slash(value: Any) -> Any:
    """kfp takes None for no host, and `endpoint` takes the last slash off an address."""
    return value.rstrip("/") if isinstance(value, str) else "" if value is None else value


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


TOTALS = (({"count": 4}, {"total": "30"}), ({"count": 1}, {"total": "3"}))


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
        steps = {"prices": [], "total": ["prices"], "say": ["total"]}
        return judge_workflow(answer, steps, cases)
    if _as_handed_out(templates):
        return not_attempted()
    return not_yet(faults[0])


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
        _forward,
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
        Trial(TOTALS, step_outputs("total")),
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
