"""Judging this machine, from Python to the door. Nothing here looks; it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from workbook.kernel.doctor.line import OK, PROBLEM, UNKNOWN, Line
from workbook.kernel.doors import LOCALKFP, NOTEBOOK_SERVER, Door
from workbook.kernel.environment import EnvironmentProblem, check_kfp, check_python
from workbook.language import _

NEEDED_BYTES = 300 * 1024 * 1024  # a day of lessons: localkfp's state, a few environments of Pods
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def judge_python(version: tuple[int, ...]) -> Line:
    try:
        check_python(version[:2])
    except EnvironmentProblem as problem:
        return Line("Python", PROBLEM, *_halves(problem))
    return Line("Python", OK, ".".join(map(str, version)))


def judge_kfp(version: str | None) -> Line:
    try:
        check_kfp(version)
    except EnvironmentProblem as problem:
        return Line("kfp", PROBLEM, *_halves(problem))
    return Line("kfp", OK, str(version))


def judge_packages(requirements: str, installed: Mapping[str, str | None], python: str) -> Line:
    """`requirements` is the text of requirements.txt; `installed` maps a name to its version."""
    wrong = [
        _("{name} is {found}, not {wanted}").format(
            name=name, found=installed.get(name) or _("missing"), wanted=wanted
        )
        for name, wanted in pins(requirements).items()
        if installed.get(name) != wanted
    ]
    if not wrong:
        return Line("packages", OK, _("as requirements.txt pins them"))
    return Line(
        "packages",
        PROBLEM,
        "; ".join(wrong),
        _("{python} -m pip install -r requirements.txt, in the workbook's folder").format(
            python=python
        ),
    )


def pins(requirements: str) -> dict[str, str]:
    return dict(PIN.findall(requirements))


def judge_kernel(door: Door, in_kernel: bool, python: str, kernels: Mapping[str, str]) -> Line:
    """`python` is this process's; `kernels` maps each kernel that JupyterLab offers to the program
    that it starts, `kfp-v1` among them where the workbook made one."""
    if in_kernel:
        return Line("kernel", OK, _("this one, {python}").format(python=python))
    wanted = "kfp-v1" if door.token_file else "python3"
    program = kernels.get(wanted)
    if program and Path(program).parent == Path(python).parent:
        return Line("kernel", OK, _("{name} starts {program}").format(name=wanted, program=program))
    if door.token_file:
        return Line(
            "kernel",
            PROBLEM,
            _("JupyterLab here has no kernel for this environment"),
            _("run assets/notebook-server/kernel.py again, then reload the page"),
        )
    return Line(
        "kernel",
        PROBLEM,
        _("JupyterLab's kernel {name} starts {program}, which is another environment").format(
            name=wanted, program=program or _("nothing")
        ),
        _("{jupyter} kernelspec remove python3").format(jupyter=Path(python).with_name("jupyter")),
    )


def judge_home(home: Path, error: str, free: int) -> Line:
    """`error`: why a file couldn't be written there, empty if it could; `free` is in bytes."""
    if error:
        return Line(
            "home",
            PROBLEM,
            _("{home} can't be written: {error}").format(home=home, error=error),
            _("make it yours, or set HOME to a folder of yours; kfp and localkfp keep files there"),
        )
    text = _("{home}, {megabytes} MB free").format(home=home, megabytes=f"{free // 2**20:,}")
    if free < NEEDED_BYTES:
        return Line(
            "home",
            PROBLEM,
            text,
            _("make room: ~/.cache/pip can go, and the folder that `localkfp status` names"),
        )
    return Line("home", OK, text)


def judge_door(door: Door, in_cluster: bool) -> Line:
    """`in_cluster`: whether kfp finds the service account that tells it that it is in a cluster."""
    if door.kind == NOTEBOOK_SERVER and not in_cluster:
        return Line(
            "door",
            PROBLEM,
            _("a notebook server whose Pod has no service account: kfp can't find the cluster"),
            _("ask whoever runs the cluster for a notebook server with default-editor's account"),
        )
    texts = {
        LOCALKFP: _("localkfp on this machine: no address was given, and this is no cluster"),
        NOTEBOOK_SERVER: _("Kubeflow Pipelines of this notebook server, by its token"),
    }
    if door.kind in texts:
        if door.token_file and door.kind == LOCALKFP:
            return Line(
                "door",
                UNKNOWN,
                _("localkfp, since this notebook server has no token ({file})").format(
                    file=door.token_file
                ),
                _(
                    "if you want the cluster: kubectl apply -n NAMESPACE -f assets/notebook-server/"
                    "access-ml-pipeline.yaml, then a new notebook server with the configuration "
                    '"Allow access to Kubeflow Pipelines"'
                ),
            )
        return Line("door", OK, texts[door.kind])
    if door.said_by:
        text = _("{address}, as {variable} says").format(
            address=door.address, variable=door.said_by
        )
    else:
        text = _("{address}, as you asked").format(address=door.address)
    return Line("door", OK, text)


def judge_engine(engine: str, why: str, used: bool) -> Line:
    """`engine` runs containers here, or `why` says what keeps it from that; `used`: whether the
    steps of localkfp are containers."""
    if used and not engine:
        return Line(
            "containers", PROBLEM, why, _("localkfp stop, then start it without containers")
        )
    if used:
        return Line("containers", OK, _("steps run as such, by {engine}").format(engine=engine))
    if engine:
        text = _("{engine} works; steps are processes, unless LOCALKFP_PODS=containers is set")
        return Line("containers", OK, text.format(engine=engine))
    return Line("containers", OK, _("no engine, and none is needed: steps are processes"))


def judge_proxy(variables: Mapping[str, str], address: str) -> Line | None:
    """None where the environment names no proxy. kfp reads none of it; `requests` does."""
    proxy = next((variables[n] for n in ("https_proxy", "http_proxy") if variables.get(n)), None)
    if proxy is None:
        return None
    name = urlsplit(address).hostname or ""
    if name in ("localhost", "127.0.0.1"):
        return Line("proxy", OK, _("{proxy}, not asked for this machine").format(proxy=proxy))
    return Line(
        "proxy",
        UNKNOWN,
        _("{proxy} is set, and kfp 1.8 doesn't ask it").format(proxy=proxy),
        _('if {name} is only reached by it: kfp.Client(host=..., proxy="{proxy}")').format(
            name=name, proxy=proxy
        ),
    )


def _halves(problem: EnvironmentProblem) -> tuple[str, str]:
    """What is wrong, and what to do: the sentences of EnvironmentProblem say both."""
    first, mark, rest = str(problem).partition(". ")
    return (first + mark.strip(), rest) if rest else (str(problem), "")
