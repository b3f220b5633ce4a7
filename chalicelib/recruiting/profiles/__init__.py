"""Profiles of candidates: a resume that each of them keeps, and what they sent last."""
