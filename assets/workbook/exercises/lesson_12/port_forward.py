"""The judge of 12-2: a command of kubectl, which is read and never run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from workbook.exercises.model import Finding, not_yet, right
from workbook.language import _

FORWARD = ["kubectl", "port-forward"]
SERVICE = {"svc", "service", "services"}
DEPLOYMENT = {"deploy", "deployment", "deployments"}
UI_PORT = "3000"  # of the container in the Deployment ml-pipeline-ui, of KFP's own manifests
PROMPTS = {"$", "!"}  # of a shell, of a notebook
HERE = {"localhost", "127.0.0.1", "0.0.0.0", "::1", "::"}  # addresses that localhost reaches
# options of kubectl that take a value
WITH_VALUE = (
    *("context", "cluster", "user", "kubeconfig", "server", "token", "request-timeout"),
    *("pod-running-timeout", "cache-dir", "as", "as-group", "certificate-authority", "v"),
)


def judge_forward(answer: Any) -> Finding:
    if not isinstance(answer, str):
        return not_yet(
            _("you gave a {kind}; asked for is the command as text.").format(
                kind=type(answer).__name__
            )
        )
    try:
        words = _command(shlex.split(answer))
    except ValueError as error:
        return not_yet(_("a shell can't read it: {error}.").format(error=error))
    options, rest = _options(words)
    if rest[:2] != FORWARD:
        return not_yet(
            _("it begins with {given!r}; asked for is kubectl port-forward ..., no loop.").format(
                given=f"{' '.join(words[:2]):.60}"
            )
        )
    if options["namespace"] != "ml":
        return not_yet(
            _("it looks in the namespace {given}; the services are in another.").format(
                given=options["namespace"] or _("default, since none is named")
            )
        )
    addresses = options["address"].split(",") if options["address"] else ["localhost"]
    if not HERE.intersection(addresses):
        return not_yet(
            _("it listens at {given}, and not at localhost, which host names.").format(
                given=f"{options['address']:.60}"
            )
        )
    if len(rest) < len(FORWARD) + 2:
        return not_yet(
            _("after the namespace come the service and HERE:THERE; you gave {given}.").format(
                given=f"{' '.join(rest[2:]) or _('nothing'):.60}"
            )
        )
    return _judge_way(rest[2], rest[3:])


def _command(words: list[str]) -> list[str]:
    """What kubectl is called with: without a prompt before it, and however it is started."""
    if words and words[0][:1] in PROMPTS:
        words = [word for word in (words[0][1:], *words[1:]) if word]
    if words[:1] == ["nohup"]:
        words = words[1:]
    return ["kubectl", *words[3:]] if words[:3] == ["minikube", "kubectl", "--"] else words


def _judge_way(target: str, ports: Sequence[str]) -> Finding:
    kind, _mark, name = target.rpartition("/")
    kind = kind.partition(".")[0].lower()  # deployment.apps
    if kind not in SERVICE | DEPLOYMENT:
        return not_yet(
            _("{given!r} would be a Pod's name; a service is svc/NAME.").format(
                given=f"{target:.60}"
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
    there = "80" if kind in SERVICE else UI_PORT
    if f"8900:{there}" in ports or (kind in SERVICE and "8900:http" in ports):
        return right()
    if f"{there}:8900" in ports:
        return not_yet(
            _("{there}:8900 would open port {there} here; it is HERE:THERE.").format(there=there)
        )
    if kind in DEPLOYMENT:
        return not_yet(
            _(
                "the ports are {given}; 8900 is right here, but PORT(S) is of the service: the "
                "Pods of a Deployment listen on a port of their own. Name the service."
            ).format(given=f"{' '.join(ports):.60}")
        )
    return not_yet(
        _("the ports are {given}; here it should be 8900, there what PORT(S) says.").format(
            given=f"{' '.join(ports):.60}"
        )
    )


def _options(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The namespace and the address that a kubectl command names, each empty if it doesn't, and its
    words but for options: pflag takes them anywhere, as `-n ml`, `-nml`, `-n=ml`."""
    found, rest = {"namespace": "", "address": ""}, []
    following = iter(words)
    for word in following:
        name, equals, value = word.partition("=")
        if word.startswith("-n") and not word.startswith("--"):
            found["namespace"] = word[2:].removeprefix("=") or next(following, "")
        elif name.startswith("--") and name[2:] in (*found, *WITH_VALUE):
            value = value if equals else next(following, "")
            if name[2:] in found:
                found[name[2:]] = value
        elif word in ("-s", "-v"):
            next(following, "")
        elif word == "&":  # in the background
            break
        elif not word.startswith("-"):
            rest.append(word)
    return found, rest
