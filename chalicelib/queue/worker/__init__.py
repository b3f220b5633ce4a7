"""What a worker function runs: the drain loop, its leases, the outcomes of jobs."""
