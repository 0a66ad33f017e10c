"""Accuracy with its intervals, paired comparisons, the tables and figures of a paper."""
