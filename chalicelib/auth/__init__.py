"""Accounts, credentials and sessions: authentication and roles."""
