"""The form of a run: a field per parameter, what is wrong beside the field."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call
from localkfp.dashboard.views.parameters import wrong_value
from localkfp.errors import WorkflowError
from localkfp.service import pipelines, runs
from localkfp.service.errors import ServiceError
from localkfp.service.references import Reference
from localkfp.store.database import Store
from localkfp.workflow.intermediate import refuse_intermediate
from localkfp.workflow.text import read

SPEC = "pipelines.kubeflow.org/pipeline_spec"  # the annotation in which kfp keeps the types
PARAMETER = "parameter:"  # before the name of a parameter's field
KINDS = (("/runs/new", "Once"), ("/recurringruns/new", "Recurring"))
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


class RunForm(PageHandler):
    """The form of a run, made once or often: choose what to run, fill in, correct what is wrong.
    Arguments: pipelineId, versionId, experimentId, cloneFromRun."""

    title = ""
    here = ""  # the form's address
    back = ""  # the list that it adds to
    method = ""  # of the API, which makes what is asked for

    def get(self) -> None:
        version = self.asked("versionId") or self.asked("pipelineVersionId")  # the genuine one's
        cloned = self.asked("cloneFromRun")
        try:
            source = find_source(self.store, self.asked("pipelineId"), version, cloned)
        except ServiceError:
            self.choose(404, GONE)
            return
        if source is None:
            self.choose(200, "")
            return
        typed = {"experiment": self.asked("experimentId")}
        if cloned:
            typed |= _as_typed(runs.find_run(self.store, cloned))
        self._show(source, typed, {})

    def post(self) -> None:
        typed = {name: self.filled(name) for name in self.request.body_arguments}
        try:
            source = find_source(self.store, "", typed.get("version", ""), typed.get("clone", ""))
        except ServiceError:
            source = None
        if source is None:
            self.choose(400, GONE)
            return
        wrong = check(source, typed) | dict(self.wrong(typed))
        if not wrong:
            try:
                self.see(self.make(run_request(self.store, source, typed), typed))
                return
            except (ServiceError, WorkflowError) as error:
                wrong = {self.blamed(typed, str(error)): str(error)}
        self.set_status(400)
        self._show(source, typed, wrong)

    def choose(self, status: int, wrong: str) -> None:
        """Ask for the pipeline first."""
        self.set_status(status)
        self.show(
            "choose_pipeline.html",
            self.title,
            [call("GET", "/pipelines")],
            pipelines=list(reversed(self.store.rows("pipelines"))),
            wrong=wrong,
            to=self.here,
            back=self.back,
        )

    def _show(self, source: Source, typed: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        details, parameters = run_fields(self.store, source, typed, wrong)
        more = self.fields(typed, wrong)
        every = (*details, *more, *parameters)
        self.show(
            "run_form.html",
            self.title,
            [call("POST", self.method)],
            source=source,
            versions=list(reversed(self.store.rows("versions", pipeline_id=source.pipeline_id))),
            fields=every,
            more=len(details) if more else -1,
            parameters=len(details) + len(more),
            errors=errors(every),
            wrong=wrong.get("", ""),
            here=self.here,
            back=self.back,
            kinds=[(place, words, _at(place, source, typed)) for place, words in KINDS],
        )

    # ---- what the two forms differ in ----

    def make(self, asked: runs.Request, typed: Mapping[str, str]) -> str:
        """Make what is asked for; its address. Raises ServiceError or WorkflowError."""
        raise NotImplementedError

    def fields(self, typed: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
        """The fields that this form has beside those of a run."""
        return ()

    def wrong(self, typed: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with those, by their names."""
        return {}

    def blamed(self, typed: Mapping[str, str], error: str) -> str:
        """The field that an error is about; "" for none."""
        return ""


def _at(form: str, source: Source, typed: Mapping[str, str]) -> str:
    """The address of a form for the same pipeline and experiment."""
    return address(
        form,
        pipelineId=source.pipeline_id,
        versionId=source.version_id,
        cloneFromRun=source.run_id,
        experimentId=typed.get("experiment", ""),
    )


def _as_typed(run: Mapping[str, Any]) -> dict[str, str]:
    """The form of a run that is made once more."""
    given = json.loads(run["parameters"])
    return {
        "name": f"Clone of {run['name']}",
        "experiment": run["experiment_id"],
        **{f"{PARAMETER}{name}": value for name, value in given.items()},
    }


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
