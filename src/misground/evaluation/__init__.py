"""Asking models the questions of a benchmark: prompt, answer extraction, providers, runs, results.

Importing this package imports neither inspect_ai nor torch; its modules that need them do.
"""
