"""What the rules of this folder raise."""

from __future__ import annotations


class Invalid(ValueError):
    """A Workflow that Argo refuses. The message is Argo's."""
