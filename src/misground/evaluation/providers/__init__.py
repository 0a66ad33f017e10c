"""Model providers beyond those of inspect_ai: local models, baselines, and several servers as one."""
