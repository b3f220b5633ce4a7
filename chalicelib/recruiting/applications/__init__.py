"""Applications: accepted into candidates' lanes, stored or withdrawn by a worker."""
