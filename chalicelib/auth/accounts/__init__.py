"""Accounts and the audit log, one MongoDB collection each."""
