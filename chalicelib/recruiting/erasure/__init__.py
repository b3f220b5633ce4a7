"""Erasure of applications: on request of the candidate or of the employer, or by a rule."""
