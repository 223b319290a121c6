"""Metrics of several runs beside each other: facts in, facts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Metric = Mapping[str, Any]  # an ApiRunMetric


@dataclass(frozen=True)
class Bar:
    """A value in words, and how far it goes from the least to the most, 0 to 100."""

    words: str
    percent: int


def said(metric: Metric) -> str:
    """As the web front end writes a metric."""
    value = float(metric.get("number_value", 0))
    return f"{value * 100:.3f}%" if metric.get("format") == "PERCENTAGE" else f"{value:.3f}"


def by_name(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """The first of each name counts, as in a sorted list of runs."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        found.setdefault(metric["name"], metric)
    return found


def names(runs: Iterable[Mapping[str, Metric]], most: int) -> list[str]:
    """The metrics that most of the runs have."""
    counted = Counter(name for metrics in runs for name in metrics)
    return sorted(counted, key=lambda name: (-counted[name], name.lower()))[:most]


def bars(runs: Sequence[Mapping[str, Metric]], name: str) -> list[Bar | None]:
    """The metric of that name of each run; None for a run without it. A percentage is drawn from 0
    to 1, another number from the least to the most of the runs."""
    values = [float(m[name].get("number_value", 0)) if name in m else None for m in runs]
    known = [value for value in values if value is not None]
    percentage = all(m[name].get("format") == "PERCENTAGE" for m in runs if name in m)
    low = 0.0 if percentage else min([*known, 0.0])
    high = 1.0 if percentage else max([*known, 0.0])
    span = high - low or 1.0
    return [
        None
        if value is None
        else Bar(said(metrics[name]), round(100 * min(max((value - low) / span, 0), 1)))
        for value, metrics in zip(values, runs, strict=True)
    ]
