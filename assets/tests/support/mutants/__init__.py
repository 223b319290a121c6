"""Mutants of the solutions: each is the solution, wrong in one place."""
