"""Asking models the questions of a benchmark: providers, runs, scoring and results.

Importing this package imports neither inspect_ai nor torch; the modules that need them do.
"""
