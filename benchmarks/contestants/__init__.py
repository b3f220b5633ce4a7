"""Our queue and its rivals. Each runs in its own process; see `benchmarks.contest`."""
