"""Postings of employers and the applications candidates send for them."""
