"""Bursts: applications for one posting that came from one network within an hour."""
