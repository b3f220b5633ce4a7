"""Exports of accounts: everything that we store about a person, as a ZIP file."""
