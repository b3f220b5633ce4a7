"""Accounts and their audit log, in MongoDB."""
