"""The benchmark on disk: build, check, manifest, validate, load."""
