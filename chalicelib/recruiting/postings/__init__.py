"""Postings: models, storage, search and their routes."""
