"""A stand-in for a multi-user Kubeflow: localkfp behind a front that asks for a token.

It refuses with the texts of the real server (kubeflow/pipelines 2.16, backend/src/apiserver) and of
Istio, keeps the namespaces that localkfp doesn't know, and takes a prefix off the path, as Istio's
gateway does. As a program it stands in for the service ml-pipeline in the notebook server's room:

    python cluster.py ADDRESS PORT LOCALKFP TOKEN_FILE NAMESPACE
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.stand_in import Said, application
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httputil import HTTPServerRequest

HEALTH = {"commit_sha": "0" * 40, "tag_name": "2.16.0", "multi_user": True}
NOBODY = (
    "List experiments failed: Failed to authorize with API: Failed to authorize with API: "
    "Unauthenticated: Failed to check authorization. User identity is empty in the request header: "
    "Unauthenticated: Request header error: there is no user identity header.: Request header "
    "error: there is no user identity header."
)
NOT_YOURS = (
    "Failed to authorize with API: PermissionDenied: User 'system:serviceaccount:{own}:default-"
    "editor' is not authorized with reason:  (request: &ResourceAttributes{{Namespace:{asked},"
    "Verb:list,Group:pipelines.kubeflow.org,Version:v1beta1,Resource:experiments,Subresource:,"
    "Name:,}}): Unauthorized access"
)
NO_NAMESPACE = "Invalid input error: A {what} cannot have an empty namespace in multi-user mode"
BLOCKED = "V1 pipeline specs are not allowed. Please migrate to using KFP V2 pipelines."


def refusal(status: int, code: int, message: str) -> Said:
    return Said(status, json.dumps({"error": message, "code": code, "message": message}))


@dataclass
class Cluster:
    """`token` is the one that is taken, read anew at each request if it is a file."""

    localkfp: str
    token: str | Path
    namespace: str
    prefix: str = ""
    asked: int = 0
    refused: int = 0

    async def __call__(self, request: HTTPServerRequest) -> Said:
        self.asked += 1
        said = self._refuse(request)
        if said is None:
            return await self._pass_on(request)
        self.refused += said.status != 200
        return said

    def _refuse(self, request: HTTPServerRequest) -> Said | None:
        if not request.path.startswith(f"{self.prefix}/apis/v1beta1/"):
            return Said(404, "Not Found\n", {"Content-Type": "text/plain"})
        path = request.path.removeprefix(f"{self.prefix}/apis/v1beta1")
        if path == "/healthz":
            return Said(body=json.dumps(HEALTH))
        token = self.token.read_text().strip() if isinstance(self.token, Path) else self.token
        if request.headers.get("Authorization") != f"Bearer {token}":
            return refusal(401, 16, NOBODY)
        if path in ("/experiments", "/runs"):
            return self._check_namespace(request, path.strip("/s"))
        return None

    def _check_namespace(self, request: HTTPServerRequest, what: str) -> Said | None:
        if request.method == "GET":
            query = dict(parse_qsl(request.query))
            kind = query.get("resource_reference_key.type")
            ids = {kind: query.get("resource_reference_key.id", "")}
        else:
            references = json.loads(request.body).get("resource_references") or ()
            ids = {r["key"]["type"]: r["key"]["id"] for r in references}
        if ids.get("EXPERIMENT"):  # which belongs to a namespace
            return None
        asked = ids.get("NAMESPACE")
        if not asked:
            return refusal(400, 3, NO_NAMESPACE.format(what=what))
        if asked != self.namespace:
            return refusal(403, 7, NOT_YOURS.format(own=self.namespace, asked=asked))
        return None

    async def _pass_on(self, request: HTTPServerRequest) -> Said:
        """To localkfp, which knows no namespaces and answers only to its own name."""
        query = parse_qsl(request.query, keep_blank_values=True)
        if ("resource_reference_key.type", "NAMESPACE") in query:
            query = [(k, v) for k, v in query if not k.startswith("resource_reference_key")]
        body = request.body
        if body and request.headers.get("Content-Type", "").startswith("application/json"):
            body = json.dumps(_without_namespaces(json.loads(body))).encode()
        headers = {"Content-Type": request.headers.get("Content-Type", "application/json")}
        answer = await AsyncHTTPClient().fetch(
            HTTPRequest(
                f"{self.localkfp}{request.path.removeprefix(self.prefix)}?{urlencode(query)}",
                method=request.method,
                headers=headers,
                body=body or None,
                allow_nonstandard_methods=True,
                request_timeout=60,
            ),
            raise_error=False,
        )
        kind = answer.headers.get("Content-Type", "application/json")
        return Said(answer.code, answer.body, {"Content-Type": kind})


def _without_namespaces(body: object) -> object:
    if isinstance(body, dict) and body.get("resource_references"):
        kept = [r for r in body["resource_references"] if r["key"]["type"] != "NAMESPACE"]
        return body | {"resource_references": kept}
    return body


async def serve(address: str, port: int, cluster: Cluster) -> None:
    application(cluster).listen(port, address)
    await asyncio.Event().wait()


if __name__ == "__main__":
    at, number, behind, token_file, own = sys.argv[1:]
    assert urlsplit(behind).hostname == "localhost"
    asyncio.run(serve(at, int(number), Cluster(behind, Path(token_file), own)))
