"""Engines: each carries logits to the rule and back, in the way of one program that serves models."""
