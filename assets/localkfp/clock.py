"""The one place that reads the time of day. The engine never does: its callers pass the time."""

from __future__ import annotations

import time
from datetime import datetime, timezone


def now() -> str:
    """This moment as RFC 3339 in UTC, whole seconds: the form that Kubernetes writes."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp() -> int:
    """This moment in whole seconds since 1970."""
    return int(time.time())


def sequence() -> int:
    """This moment in nanoseconds since 1970: what came later has a greater number."""
    return time.time_ns()
