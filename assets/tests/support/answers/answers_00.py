"""Wrong answers that learners give in lesson 00, and what the finding must say of each."""

from __future__ import annotations

WRONG = {
    "00-1": [
        (lambda: 5 + 3 * 5 - 3, "brackets"),
        (lambda: (5 + 3) * 5 - 3, "brackets"),
        (lambda: "16", "as text"),
        (lambda: 8, "sum alone"),
        (lambda: 64, "times their difference"),
    ],
    "00-2": [
        (lambda: 14, "forgets"),
        (lambda: 17, "forgets"),
        (lambda: 5, "run all"),
        (lambda: 0, "once"),
    ],
    "00-3": [
        (lambda: "kfp", "newest"),
        (lambda: "kfp<2", "exactly one"),
        (lambda: "kfp=1.8.24", "two equals signs"),
        (lambda: "kfp==1.8.6", "handout"),
        (lambda: "pip install kfp==1.8.24", "what follows"),
        (lambda: 1.8, "of type float"),
    ],
    "00-4": [
        (lambda: ["C", "B", "A"], "message 1"),
        (lambda: ["B", "A", "C"], "message 2"),
        (lambda: "BCA", "three letters"),
        (lambda: ["B", "C"], "three letters"),
    ],
    "00-quiz": [
        (lambda: {1: "a", 2: "c", 3: "a"}, "ran twice"),
        (lambda: {1: "b", 2: "b", 3: "a"}, "in that .venv"),
        (lambda: {1: "b", 2: "c", 3: "b"}, "written them to its folder"),
    ],
}
