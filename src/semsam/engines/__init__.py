"""Engines: each passes logits to the rule and back, as one inference program requires."""
