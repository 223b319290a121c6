"""Wrong answers that learners give in lesson 13, and what the finding must say of each."""

from __future__ import annotations

WRONG = {
    "13-1": [
        (lambda: [200, 15, 170], "both functions return 170"),
        (lambda: [99, 10, 89], "another price"),
        (lambda: [94, 10, 84], "your test wants 84"),
        (lambda: (47, 10), "three whole numbers"),
    ],
    "13-2": [
        (lambda: ["discounted"], "the graph is a template too"),
        (lambda: ["discounted", "report", "sale"], "same image"),
        (lambda: "discounted", "of type str"),
    ],
    "13-3": [
        (lambda: "30 6 * * 1", "5 fields"),
        (lambda: "0 6 30 * * 1", "minutes, hours"),
        (lambda: "0 30 6 * * 0", "day of the week"),
        (lambda: "0 30 6 1-31 * 1", "day of the month"),
        (lambda: "0 30 6 */2 * 1", "day of the month"),
    ],
    "13-4": [
        (lambda: {"secret": "shop", "claim": "models", "gpus": "2"}, "make it an int"),
        (lambda: {"secret": "shop", "claim": "disk", "gpus": 2}, "inside the Pod"),
        (lambda: {"secret": "SHOP_TOKEN", "claim": "models", "gpus": 2}, "variable"),
        (lambda: {"secret": "shop", "claim": "models", "gpus": 2.0}, "a float"),
        (lambda: {"secret": "x", "claim": "y", "gpus": 2}, "these keys: claim, secret"),
    ],
    "13-quiz": [
        (lambda: {1: "a", 2: "c", 3: "a"}, "it compiles"),
        (lambda: {1: "b", 2: "a", 3: "a"}, "seconds"),
        (lambda: {1: "b", 2: "c", 3: "b"}, "of no use"),
    ],
}
