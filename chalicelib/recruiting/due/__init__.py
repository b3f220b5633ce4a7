"""Work that is due at a later time: the schedule of every minute queues it."""
