"""The lmms-eval task that is copied into an export."""
