"""The operator's view of the queue: `make queue`."""
