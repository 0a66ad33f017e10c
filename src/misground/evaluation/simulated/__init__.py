"""Simulated models: they know the truth, and err by faults that are stated in their name.

They test a report: it must name each fault that was planted, and none that was not.
"""
