"""Accuracy with its intervals, paired comparisons, and the tables and figures of the report."""
