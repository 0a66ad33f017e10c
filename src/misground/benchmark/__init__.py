"""The benchmark on disk: building, checking, loading, validating and exporting it."""
