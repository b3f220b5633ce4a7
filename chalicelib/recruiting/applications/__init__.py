"""Applications: accepted into lanes, stored by a worker, withdrawn, and their status."""
