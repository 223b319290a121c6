"""What is asked for and can't be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Kind = Literal[
    "invalid", "not found", "exists", "conflict", "forbidden", "unimplemented", "unavailable",
    "internal",
]  # fmt: skip


class ServiceError(Exception):
    """`kind` is what Kubeflow Pipelines tells apart; `message` is for a person. `doing` is what it
    was about, and `cause` what it heard from below: both stand in the whole error only, as by Wrap
    of kubeflow/pipelines 1.8.5, backend/src/common/util/error.go."""

    def __init__(self, kind: Kind, message: str, doing: str = "", cause: str = "") -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.doing, self.cause = doing, cause


@contextmanager
def about(doing: str) -> Iterator[None]:
    """What goes wrong within was about this."""
    try:
        yield
    except ServiceError as error:
        error.doing = f"{doing}: {error.doing}" if error.doing else doing
        raise


def missing(what: str, identity: str) -> ServiceError:
    return ServiceError("not found", f"{what} {identity[:80]} not found.")
