"""RQ's storage layout: the fields of a job, the names of keys, a stock worker."""
