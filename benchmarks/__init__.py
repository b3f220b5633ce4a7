"""Measures the lanes against other queues; `python -m benchmarks`. See README.md in this folder."""
