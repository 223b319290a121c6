"""What can go wrong, as sentences for people: each says where, why, and what to do."""

from __future__ import annotations


class WorkflowError(ValueError):
    """The text is no Workflow, or one that localkfp can't run. The message says where and why."""


class StoreError(RuntimeError):
    """The state directory can't be used. The message says why and what to do."""


class AlreadyExists(ValueError):
    """A name that must be unique is taken."""


class ServerError(RuntimeError):
    """The server can't be started, found or ended. The message says why and what to do."""
