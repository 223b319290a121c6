"""Judging who one is to an API, where, and what it takes. Pure: a fact in, a line out."""

from __future__ import annotations

import base64
import json

from workbook.kernel import kfp_context
from workbook.kernel.doctor.ask import Answer
from workbook.kernel.doctor.line import OK, PROBLEM, UNKNOWN, Line
from workbook.kernel.doors import NOTEBOOK_SERVER, Door
from workbook.language import _


def judge_credentials(
    door: Door, multi_user: bool | None, sent: bool, left: float | None, listed: Answer
) -> Line:
    """`sent`: whether a token or a cookie went along; `left`: the seconds for which the token still
    holds, None where it doesn't say; `listed` answers a question for the experiments (or for the
    health, if that was refused)."""
    refused = listed.status == 401 or "no user identity header" in listed.text
    denied = listed.status == 403 and not is_about_namespace(listed)
    if not refused and not denied:
        if listed.failure or listed.status >= 500:
            return Line("credentials", UNKNOWN, _("the API didn't say"))
        if is_about_namespace(listed):
            return Line("credentials", OK, _("taken: you are {user}").format(user=user(listed)))
        text = _("taken") if multi_user or sent else _("none, and none are asked for")
        return Line("credentials", OK, text)
    said = _("the API says {status} ({text})").format(
        status=listed.status, text=_first_words(listed)
    )
    if left is not None and left < 0:
        return Line(
            "credentials",
            PROBLEM,
            _("the token ended {minutes} minutes ago; {said}").format(
                minutes=f"{-left / 60:.0f}", said=said
            ),
            _("stop the notebook server and start it again")
            if door.kind == NOTEBOOK_SERVER
            else _new_token(),
        )
    if door.token_file and door.kind != NOTEBOOK_SERVER:
        return Line(
            "credentials",
            PROBLEM,
            _("kfp 1.8 sends no token when it is given an address; {said}").format(said=said),
            _('in a notebook server leave host = "", and unset KF_PIPELINES_ENDPOINT'),
        )
    if door.kind == NOTEBOOK_SERVER:
        return Line(
            "credentials",
            PROBLEM,
            _("the token of this notebook server isn't taken; {said}").format(said=said),
            _(
                "make a new notebook server with the configuration of assets/notebook-server/"
                "access-ml-pipeline.yaml; if that has it already, ask whoever runs the cluster"
            ),
        )
    text = _("the token or cookie isn't taken; {said}") if sent else _("none were sent; {said}")
    return Line("credentials", PROBLEM, text.format(said=said), _new_token())


def _new_token() -> str:
    return _(
        "kubectl create token default-editor -n NAMESPACE --audience pipelines.kubeflow.org, and "
        "kfp.Client(host=..., existing_token=TOKEN)"
    )


def is_about_namespace(answer: Answer) -> bool:
    """The API knows who asks, and this one may not, there: kubeflow/pipelines,
    resource_manager.go, IsAuthorized. Istio's own 403 is the text `RBAC: access denied`."""
    return answer.status == 403 and "is not authorized with reason" in answer.text


def user(answer: Answer) -> str:
    return answer.text.partition("User '")[2].partition("'")[0]


def judge_namespace(multi_user: bool | None, namespace: str, listed: Answer) -> Line:
    """`namespace` is the one that kfp.Client takes; `listed` answers for its experiments."""
    if multi_user is None:
        return Line("namespace", UNKNOWN, _("the API didn't say whether it has any"))
    if not multi_user:
        if not namespace:
            return Line("namespace", OK, _("none, and none are needed"))
        return Line("namespace", PROBLEM, *kfp_context.needless_namespace(namespace))
    set_it = _('client.set_user_namespace("NAMESPACE"): the dashboard shows yours at the top left')
    if not namespace:
        return Line("namespace", PROBLEM, _("none is set, and this endpoint asks for one"), set_it)
    if is_about_namespace(listed):
        return Line(
            "namespace",
            PROBLEM,
            _("{user} may not use {namespace}, or there is none of that name").format(
                user=user(listed), namespace=namespace
            ),
            set_it,
        )
    if listed.status != 200:
        return Line(
            "namespace",
            UNKNOWN,
            _("{namespace}; the API didn't let us look").format(namespace=namespace),
        )
    return Line("namespace", OK, namespace)


def judge_v1(tag: str, upload: Answer, in_namespace: Answer | None, namespace: str) -> Line:
    """`upload` answers an upload of a v1 Workflow that no server keeps (`probe.py` says how), and
    `in_namespace`, where that was blocked, the same into the learner's namespace."""
    if tag.startswith("localkfp"):
        return Line("v1 pipelines", OK, _("taken: localkfp takes no others"))
    if is_blocked(upload):
        if in_namespace and not is_blocked(in_namespace) and in_namespace.status in (200, 400, 500):
            return Line(
                "v1 pipelines",
                PROBLEM,
                _("uploads are blocked, but {namespace} is excepted for runs").format(
                    namespace=namespace
                ),
                _("leave out upload_pipeline, and run with create_run_from_pipeline_func"),
            )
        return Line(
            "v1 pipelines",
            PROBLEM,
            _("blocked by whoever runs the cluster (BLOCK_V1_PIPELINES)"),
            _("ask for your namespace in V1_ALLOWED_NAMESPACES, or use localkfp: host empty"),
        )
    if "exceed maximum size" in upload.text or upload.status == 200:
        return Line("v1 pipelines", OK, _("taken"))
    return Line(
        "v1 pipelines",
        UNKNOWN,
        _("the API says {status} ({text}) to a try").format(
            status=upload.status or upload.failure, text=_first_words(upload)
        ),
        _("lesson 05 will show it: run its upload"),
    )


def is_blocked(answer: Answer) -> bool:
    """kubeflow/pipelines#13068: the texts of resource_manager.go, for an upload and for a run."""
    return (
        "V1 pipeline specs are not allowed" in answer.text
        or "is not allowed to run v1 pipelines" in answer.text
    )


def seconds_left(token: str, now: float) -> float | None:
    """For how long a JSON Web Token holds, by its claim `exp`. It isn't verified here."""
    try:
        claims = token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return json.loads(base64.urlsafe_b64decode(padded))["exp"] - now
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _first_words(answer: Answer) -> str:
    said = answer.json
    text = str(said.get("error") or said.get("error_message") or said) if said else answer.text
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:90]}..."
