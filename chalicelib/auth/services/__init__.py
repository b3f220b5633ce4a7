"""Use cases of accounts: registration, log-in, the own account, administration."""
