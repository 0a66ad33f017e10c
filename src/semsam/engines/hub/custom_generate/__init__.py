"""The code that transformers runs for `custom_generate`."""
