"""Routes of accounts and sessions, one module for each subject."""
