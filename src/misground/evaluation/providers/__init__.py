"""Models that inspect_ai does not bring: local ones, baselines, several servers as one."""
