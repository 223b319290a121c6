"""What can go wrong, as sentences for people: each says where, why, and what to do."""

from __future__ import annotations


class WorkflowError(ValueError):
    """The text is no Workflow, or one that localkfp can't run. The message says where and why."""


VALIDATE_RUN = "Validate create run request failed."
CREATE_RUN = "Failed to create a new run."
SERVER_ERROR = "Internal Server Error"


class Refused(WorkflowError):
    """What the API server of a cluster refuses too. `words` are its error from within; the message
    adds a `hint` of our own, where the server gives none.

    `told`: what it tells people of it; None for an error of Argo, which it only passes on.
    `step`: what it was about when a run is asked for.
    """

    def __init__(
        self, words: str, told: str | None = None, step: str = CREATE_RUN, hint: str = ""
    ) -> None:
        super().__init__(f"{words}. {hint}" if hint else words)
        self.words, self.told, self.step = words, told, step


class StoreError(RuntimeError):
    """The state directory can't be used. The message says why and what to do."""


class AlreadyExists(ValueError):
    """A name that must be unique is taken."""


class ServerError(RuntimeError):
    """The server can't be started, found or ended. The message says why and what to do."""
