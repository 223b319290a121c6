"""Errors in the shape of grpc-gateway: `error`, `message`, `code`, `details`."""

from __future__ import annotations

from typing import Any

# HTTP status, gRPC code and prefix, from kubeflow/pipelines 1.8.5, backend/src/common/util/error.go
KINDS = {
    "invalid": (400, 3, "Invalid input error: "),
    "not found": (404, 5, "ResourceNotFoundError: "),
    "exists": (409, 6, "Already exist error: "),
    "conflict": (409, 10, "BadRequestError: "),
    "forbidden": (403, 7, "PermissionDenied: "),
    "unimplemented": (501, 12, ""),
    "unavailable": (503, 14, "Unavailable: "),
    "internal": (500, 13, "InternalServerError: "),
}


class ApiError(Exception):
    """An answer that isn't 200. `kind` is a key of KINDS; `message` is for a person; `status` is
    for what HTTP tells apart and gRPC doesn't."""

    def __init__(self, kind: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.prefix = KINDS[kind]
        self.status = status or self.status
        self.message = message

    def body(self) -> dict[str, Any]:
        full = self.prefix + self.message
        detail = {
            "@type": "type.googleapis.com/api.Error",
            "error_message": self.message,
            "error_details": full,
        }
        return {"error": full, "message": full, "code": self.code, "details": [detail]}


def missing(what: str, identity: str) -> ApiError:
    return ApiError("not found", f"{what} {identity[:80]} not found.")
