"""Submissions, made by code."""
