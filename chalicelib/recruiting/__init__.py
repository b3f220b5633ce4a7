"""Postings, and the applications that candidates send for them."""
