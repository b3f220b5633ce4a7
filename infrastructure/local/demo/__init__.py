"""`make demo`: starts everything, deploys it, and shows real applications travel through it."""
