"""`make demo`: start everything, deploy it, and follow real applications through it."""
