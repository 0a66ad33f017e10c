"""The task that an export for lmms-eval carries: it is copied into the export."""
