"""Ours and its rivals, each run as a process of its own: see `benchmarks.contest`."""
