"""Semantic sampling for language models (MIS-SemSam, arXiv 2603.14579); its rule comes with a later version."""
