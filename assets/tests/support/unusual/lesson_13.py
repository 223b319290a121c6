"""Unusual answers to lesson 13 that are right."""

from __future__ import annotations

ALSO_RIGHT = {
    "13-1": [(35, 10, 32), [94, 10, 85]],
    "13-2": [["sale", "discounted"]],
    "13-3": ["00 30 06 ? * mon", "0 30 6 * * 1-1", "0 30 6 */1 1-12 1", " 0  30 6 * * MON "],
    "13-4": [{"gpus": 2, "claim": "models", "secret": "shop"}],
}
WRONG: dict = {}
