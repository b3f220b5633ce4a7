"""Benchmarks of the queue against other queues: `python -m benchmarks`. See README.md here."""
