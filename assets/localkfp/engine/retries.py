"""Whether a failed attempt is followed by another, and when.

Argo: `processNodeRetries` in workflow/controller/operator.go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from localkfp.engine.contract import Phase
from localkfp.engine.node import Node
from localkfp.expressions.expr import evaluate_bool
from localkfp.expressions.expr_functions import surroundings
from localkfp.expressions.expr_values import printed
from localkfp.workflow.model import Retry

RETRIED = {  # by policy: which phases are tried again
    "Always": (Phase.FAILED, Phase.ERROR),
    "OnFailure": (Phase.FAILED,),
    "OnError": (Phase.ERROR,),
    "OnTransientError": (),
}


def after_attempt(rule: Retry, last: Node, attempts: int, started: str, now: str) -> float | str:
    """Seconds to wait before the next attempt, or the message with which the retry ends.

    `last` is the attempt that ended, `attempts` how many there were, `started` when the first did.
    The order of the questions is Argo's: where two of them end it, the first one's words are shown.
    Raises ExprError for an expression that is none.
    """
    if not last.phase.bad:
        return ""
    wait = float(rule.wait * rule.factor ** (attempts - 1))
    if rule.max_duration is not None:
        passed = seconds_between(started, now)
        if passed > rule.max_duration:
            return "Max duration limit exceeded"
        if passed + wait > rule.max_duration:
            return "Backoff would exceed max duration limit"
    if last.phase not in RETRIED[rule.policy]:
        return last.message
    if rule.limit is not None and attempts > rule.limit:
        return "No more retries left"
    if rule.expression and not evaluate_bool(rule.expression, _names(last, attempts)):
        return "retryStrategy.expression evaluated to false"
    return wait


def _names(last: Node, attempts: int) -> dict[str, Any]:
    """What an expression may ask for: `buildRetryStrategyLocalScope` in operator.go. The record
    c17_retry_expression."""
    took = seconds_between(last.started_at or "", last.finished_at or "")
    return surroundings(
        {
            "retries": str(attempts - 1),
            "lastRetry.exitCode": "-1" if last.exit_code is None else str(last.exit_code),
            "lastRetry.status": last.phase.value,
            "lastRetry.duration": printed(took),
            "lastRetry.message": last.message,
        }
    )


def time_left(rule: Retry, started: str, now: str) -> float | None:
    """Seconds that an attempt after the first may take: `opts.executionDeadline` in Argo."""
    if rule.max_duration is None:
        return None
    return max(rule.max_duration - seconds_between(started, now), 0)


def seconds_between(start: str, end: str) -> float:
    first, last = (datetime.fromisoformat(time.removesuffix("Z")) for time in (start, end))
    return (last - first).total_seconds()


def later(start: str, seconds: float) -> str:
    """A moment after another, as Go prints it."""
    moment = datetime.fromisoformat(start.removesuffix("Z")) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M:%S} +0000 UTC"
