"""What is asked for and can't be done."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "invalid", "not found", "exists", "conflict", "forbidden", "unimplemented", "unavailable",
    "internal",
]  # fmt: skip


class ServiceError(Exception):
    """`kind` is what Kubeflow Pipelines tells apart; `message` is for a person."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message


def missing(what: str, identity: str) -> ServiceError:
    return ServiceError("not found", f"{what} {identity[:80]} not found.")
