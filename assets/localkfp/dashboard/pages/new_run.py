"""The page that starts a run: a field per parameter, what is wrong beside the field."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call, root
from localkfp.errors import WorkflowError
from localkfp.service import pipelines, runs
from localkfp.service.errors import ServiceError
from localkfp.service.references import Reference
from localkfp.store.database import Store
from localkfp.workflow.intermediate import refuse_intermediate
from localkfp.workflow.text import read

SPEC = "pipelines.kubeflow.org/pipeline_spec"  # the annotation in which kfp keeps the types
PARAMETER = "parameter:"  # before the name of a parameter's field
BOOLEAN = re.compile(r"(?i:y|yes|t|true|on|1|n|no|f|false|off|0)")  # distutils.util.strtobool
GONE = "This pipeline isn't there any more. Choose another one."


@dataclass(frozen=True)
class Source:
    """What is to run: a version of a pipeline, or, where that is gone, the Workflow of an earlier
    run. `parameters`: name -> default (None for none); `types`: name -> kfp's name of the type."""

    title: str
    pipeline_id: str
    version_id: str
    run_id: str
    parameters: Mapping[str, str | None]
    types: Mapping[str, str]


class NewRun(PageHandler):
    """/runs/new?pipelineId=&versionId=&experimentId=&cloneFromRun="""

    section = "Runs"

    def get(self) -> None:
        typed: dict[str, str] = {"experiment": self.asked("experimentId")}
        cloned = self.asked("cloneFromRun")
        if self.asked("recurring"):
            self.redirect(root(self.request.path) + f"recurringruns/new?{self.request.query}")
            return
        version = self.asked("versionId") or self.asked("pipelineVersionId")  # the genuine one's
        try:
            source = find_source(self.store, self.asked("pipelineId"), version, cloned)
        except ServiceError:
            self.set_status(404)
            self._choose(GONE)
            return
        if source is None:
            self._choose("")
            return
        if cloned:
            run = runs.find_run(self.store, cloned)
            typed |= {"name": f"Clone of {run['name']}", "experiment": run["experiment_id"]}
            given = json.loads(run["parameters"])
            typed |= {f"{PARAMETER}{name}": value for name, value in given.items()}
        self._show(source, typed, {})

    def post(self) -> None:
        names = self.request.body_arguments
        typed = {name: self.filled(name) for name in names}
        try:
            source = find_source(self.store, "", typed.get("version", ""), typed.get("clone", ""))
        except ServiceError:
            source = None
        if source is None:
            self.set_status(400)
            self._choose(GONE)
            return
        wrong = check(source, typed)
        if not wrong:
            try:
                asked = run_request(self.store, source, typed)
                self.see(f"/runs/details/{runs.create(self.store, self.runner, asked)}")
                return
            except (ServiceError, WorkflowError) as error:
                wrong = {"": str(error)}
        self.set_status(400)
        self._show(source, typed, wrong)

    def _choose(self, wrong: str) -> None:
        self.show(
            "choose_pipeline.html",
            "Start a run",
            [call("GET", "/pipelines")],
            pipelines=list(reversed(self.store.rows("pipelines"))),
            wrong=wrong,
            to="/runs/new",
            back="/runs",
        )

    def _show(self, source: Source, typed: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        details, parameters = run_fields(self.store, source, typed, wrong)
        self.show(
            "new_run.html",
            "Start a run",
            [call("POST", "/runs")],
            source=source,
            versions=list(reversed(self.store.rows("versions", pipeline_id=source.pipeline_id))),
            details=details,
            parameters=parameters,
            errors=errors((*details, *parameters)),
            wrong=wrong.get("", ""),
            often=address(
                "/recurringruns/new",
                pipelineId=source.pipeline_id,
                versionId=source.version_id,
                cloneFromRun=source.run_id,
            ),
        )


def find_source(store: Store, pipeline_id: str, version_id: str, run_id: str = "") -> Source | None:
    """None when nothing was chosen. Raises ServiceError (not found) for what isn't there."""
    if run_id:
        run = runs.find_run(store, run_id)
        if store.get("versions", run["version_id"] or ""):
            return find_source(store, "", run["version_id"])
        manifest = json.loads(run["manifest"])
        return Source(run["name"], "", "", run_id, _defaults(manifest), _types(manifest))
    if not pipeline_id and not version_id:
        return None
    if not version_id:
        version_id = pipelines.find_pipeline(store, pipeline_id)["default_version"]
    version = pipelines.find_version(store, version_id)
    refuse_intermediate(version["template"])
    manifest = read(version["template"])
    title = pipelines.find_pipeline(store, version["pipeline_id"])["name"]
    return Source(
        title, version["pipeline_id"], version["id"], "", _defaults(manifest), _types(manifest)
    )


def _defaults(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    arguments = (manifest.get("spec") or {}).get("arguments") or {}
    return {
        entry["name"]: None if entry.get("value") is None else str(entry["value"])
        for entry in arguments.get("parameters") or ()
    }


def _types(manifest: Mapping[str, Any]) -> dict[str, str]:
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    try:
        inputs = json.loads(annotations.get(SPEC, "{}")).get("inputs", ())
        return {entry["name"]: entry["type"] for entry in inputs if _named_type(entry)}
    except (ValueError, TypeError, AttributeError, KeyError):  # written by something else than kfp
        return {}


def _named_type(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("type"), str)


# ---- what a value must be ------------------------------------------------------------------------


def _boolean(value: str) -> None:
    if not BOOLEAN.fullmatch(value):
        raise ValueError


def _json(kind: type) -> Callable[[str], None]:
    def test(value: str) -> None:
        if not isinstance(json.loads(value), kind):
            raise ValueError

    return test


WHOLE = (int, "a whole number, for example 5")
NUMBER = (float, "a number, for example 0.5")
TRUTH = (_boolean, "True or False")
LIST = (_json(list), "a list in JSON, for example [1, 2]")
MAPPING = (_json(dict), 'an object in JSON, for example {"a": 1}')
CHECKS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "int": WHOLE, "integer": WHOLE,
    "float": NUMBER, "double": NUMBER,
    "bool": TRUTH, "boolean": TRUTH,
    "list": LIST, "jsonarray": LIST,
    "dict": MAPPING, "jsonobject": MAPPING,
}  # fmt: skip


def wrong_value(kind: str, value: str) -> str:
    """What is wrong with a value of a parameter of that type, or nothing. The step would find it
    out, when the run has begun: kfp's program reads its arguments so."""
    if kind.lower() not in CHECKS:
        return ""
    test, words = CHECKS[kind.lower()]
    try:
        test(value)
    except (ValueError, RecursionError):
        return f"{value!r} is not {words}." if value else f"Type {words}."
    return ""


def check(source: Source, typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field, by its name."""
    wrong = {}
    if not typed.get("name", "").strip():
        wrong["name"] = "Type a name for the run."
    for name, value in values(source, typed).items():
        field = PARAMETER + name
        if message := wrong_value(source.types.get(name, ""), value):
            wrong[field] = message
    return wrong


def values(source: Source, typed: Mapping[str, str]) -> dict[str, str]:
    """What each parameter gets: what was typed, or its default."""
    return {
        name: typed.get(PARAMETER + name, default or "")
        for name, default in source.parameters.items()
    }


def run_request(store: Store, source: Source, typed: Mapping[str, str]) -> runs.Request:
    """The run that the form asks for."""
    references = []
    if experiment := typed.get("experiment"):
        references.append(Reference("EXPERIMENT", experiment))
    if source.version_id:
        references.append(Reference("PIPELINE_VERSION", source.version_id, "CREATOR"))
    return runs.Request(
        name=typed["name"].strip(),
        description=typed.get("description", ""),
        references=tuple(references),
        manifest="" if source.version_id else runs.find_run(store, source.run_id)["manifest"],
        parameters=tuple(values(source, typed).items()),
    )


def run_fields(
    store: Store, source: Source, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The fields of the run, and those of its parameters."""
    experiments = tuple(
        (row["id"], row["name"]) for row in store.rows("experiments") if not row["archived"]
    )
    default = store.default_experiment()["id"]
    details = (
        Field(
            "name",
            "Run name",
            typed.get("name", f"Run of {source.title} ({secrets.token_hex(3)[:5]})"),
            error=wrong.get("name", ""),
            required=True,
        ),
        Field("description", "Description", typed.get("description", ""), hint="optional"),
        Field(
            "experiment",
            "Experiment",
            typed.get("experiment") or default,
            "choice",
            hint="this run will be associated with it",
            options=experiments,
        ),
    )
    parameters = []
    for name, text in values(source, typed).items():
        field = PARAMETER + name
        kind = source.types.get(name, "")
        parameters.append(
            Field(
                field,
                name,
                text,
                "lines" if "\n" in text else "text",
                error=wrong.get(field, ""),
                hint=kind,
            )
        )
    return details, tuple(parameters)
