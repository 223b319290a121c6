"""What the database of a cluster doesn't take, and so is refused here too."""

from __future__ import annotations

from localkfp.service.errors import ServiceError

MAX_NAME = 255  # letters of the name of an experiment or a run; kubeflow/pipelines 1.8.5, model
MAX_DESCRIPTION = 65_535  # bytes; the same


def check_name(what: str, name: str) -> None:
    """Raises ServiceError (invalid) for a name that is too long. `what`: An experiment, A run."""
    if len(name) > MAX_NAME:
        raise ServiceError("invalid", f"{what}'s name has at most {MAX_NAME} characters.")


def check_description(text: str) -> None:
    """Raises ServiceError (invalid) for a description that is too long."""
    if len(text.encode()) > MAX_DESCRIPTION:
        raise ServiceError("invalid", f"A description has at most {MAX_DESCRIPTION:,} bytes.")
