"""Postings: models, repository, search and routes."""
