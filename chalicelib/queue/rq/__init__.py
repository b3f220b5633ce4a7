"""RQ's storage layout: the data of a job and the names of keys."""
