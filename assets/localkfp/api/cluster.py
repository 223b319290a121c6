"""What the API server has for other parts of a cluster: authorization, tasks, visualizations, the
reports of its agents. It is there, says what is wrong with a request, and what it can't do here.
"""

from __future__ import annotations

import json

from localkfp.api import body
from localkfp.api.handler import ApiHandler
from localkfp.service import lists
from localkfp.service.errors import ServiceError

VERBS = ("UNASSIGNED_VERB", "CREATE", "GET", "DELETE")
RESOURCES = ("UNASSIGNED_RESOURCES", "VIEWERS")
VIEWS = ("ROC_CURVE", "TFDV", "TFMA", "TABLE", "CUSTOM")
TASK_FIELDS = ("id", "created_at", "pipelineName", "fingerprint")
TASKS = lists.Kind("Task", "", {name: name for name in TASK_FIELDS})


class Auth(ApiHandler):
    """GET /auth: on one machine its owner may do everything."""

    def get(self) -> None:
        query = self.query()
        body.enum(query, "verb", VERBS)
        body.enum(query, "resources", RESOURCES)
        if not query.get("namespace"):
            raise ServiceError("invalid", "Namespace is empty. Please specify a valid namespace.")
        self.answer()


class Tasks(ApiHandler):
    """/apis/v1alpha1/tasks: what SDK 2 keeps of its cached steps."""

    def get(self) -> None:
        lists.check(TASKS, self.query())
        self.answer()

    def post(self) -> None:
        task = body.read(self.request.body)
        for name in ("pipelineName", "runId", "mlmdExecutionID", "fingerprint"):
            if not body.text(task, name):
                raise ServiceError("invalid", f"Invalid task: must specify {name}.")
        raise ServiceError(
            "unimplemented", "localkfp keeps no tasks: those are of SDK 2. Submit to a cluster."
        )


class Visualizations(ApiHandler):
    """POST /visualizations/NAMESPACE"""

    def post(self, namespace: str) -> None:
        view = body.read(self.request.body)
        if body.enum(view, "type", VIEWS) != "CUSTOM" and not body.text(view, "source"):
            raise ServiceError("invalid", "A visualization requires a Source to be provided.")
        try:
            json.loads(body.text(view, "arguments") or "{}")
        except ValueError:
            raise ServiceError("invalid", "A visualization's arguments must be JSON.") from None
        raise ServiceError(
            "unimplemented",
            "localkfp makes no visualizations: a step writes them to mlpipeline-ui-metadata.",
        )


class Reports(ApiHandler):
    """POST /workflows and /scheduledworkflows: the agents of a cluster say how a Workflow is."""

    def post(self, what: str) -> None:
        try:
            told = json.loads(json.loads(self.request.body))
            named = told["metadata"]["name"] and told["metadata"]["uid"]
        except (ValueError, TypeError, KeyError, RecursionError):
            named = ""
        if not named:
            raise ServiceError("invalid", "The report must be a Workflow as JSON in text.")
        raise ServiceError(
            "unimplemented", "localkfp takes no reports of agents: it runs its Workflows itself."
        )
