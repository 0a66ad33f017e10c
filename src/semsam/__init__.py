"""Semantic sampling for language models (MIS-SemSam, arXiv 2603.14579); the rule comes later."""
