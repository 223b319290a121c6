"""Grading a batch of submissions: find them, run them, judge their answers, write what came out."""
