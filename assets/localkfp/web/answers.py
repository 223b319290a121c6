"""The one map from an error to what is answered: its HTTP status, its gRPC code, and a sentence."""

from __future__ import annotations

import errno
import logging
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from localkfp.errors import SERVER_ERROR, AlreadyExists, Refused, StoreError, WorkflowError
from localkfp.service.errors import Kind, ServiceError

# HTTP status, gRPC code and prefix, from kubeflow/pipelines 1.8.5, backend/src/common/util/error.go
KINDS: dict[Kind, tuple[int, int, str]] = {
    "invalid": (400, 3, "Invalid input error: "),
    "not found": (404, 5, "ResourceNotFoundError: "),
    "exists": (409, 6, "Already exist error: "),
    "conflict": (409, 10, "BadRequestError: "),
    "forbidden": (403, 7, "PermissionDenied: "),
    "unimplemented": (501, 12, ""),
    "unavailable": (503, 14, "Unavailable: "),
    "internal": (500, 13, "InternalServerError: "),
}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
log = logging.getLogger("localkfp")


@dataclass(frozen=True)
class Refusal:
    """An answer that isn't 200. `prefix` is what Kubeflow Pipelines puts before the message;
    `whole`: the error with all that was about it, where that is more than these two."""

    status: int
    code: int
    prefix: str
    message: str
    whole: str = ""


def refusal(error: BaseException | None, request: HTTPServerRequest, state: Path) -> Refusal:
    """What is answered to a request that ended in this error. What is nobody's mistake but ours
    or the machine's goes to the log, too."""
    if isinstance(error, HTTPError):
        _, code, prefix = KINDS["invalid"]
        return Refusal(error.status_code, code, prefix, _of_http(error, request))
    if isinstance(error, ServiceError):
        return _of_service(error)
    if isinstance(error, AlreadyExists):
        return _of("exists", str(error))
    if isinstance(error, Refused):
        return _of_refused(error)
    if isinstance(error, WorkflowError):
        return _of("invalid", str(error))
    if isinstance(error, sqlite3.Error | StoreError) or (
        isinstance(error, OSError) and error.errno in NO_ROOM
    ):
        log.error("%s %s: %s", request.method, request.path, error)
        return _of(
            "unavailable",
            f"localkfp can't use its state directory {state}: {str(error).rstrip('.')}. "
            "Nothing was changed; what is kept there is untouched.",
        )
    log.error("%s %s", request.method, request.path, exc_info=error)
    return _of("internal", f"localkfp failed here, and says why in its log: {error}")


def _of(kind: Kind, message: str) -> Refusal:
    return Refusal(*KINDS[kind], message)


def _of_service(error: ServiceError) -> Refusal:
    said = _of(error.kind, error.message)
    about, cause = error.doing and f"{error.doing}: ", error.cause and f": {error.cause}"
    return replace(said, whole=f"{about}{said.prefix}{error.message}{cause}")


def _of_refused(error: Refused) -> Refusal:
    """Argo's errors are told as they are, and are the server's own fault."""
    if error.told is None:
        return Refusal(500, 13, "", f"Internal error: {error.words}\n{error.step}")
    status, code, _ = KINDS["internal" if error.told == SERVER_ERROR else "invalid"]
    return Refusal(status, code, "", error.told, f"{error.step}: {error.words}")


def _of_http(error: HTTPError, request: HTTPServerRequest) -> str:
    if error.status_code == 405:
        return f"{request.method} is not taken at this path."
    return (error.log_message or error.reason or "The request can't be read") % error.args
