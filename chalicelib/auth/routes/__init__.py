"""Routes of accounts and sessions, one module for each subject."""

from __future__ import annotations

from chalicelib.auth.routes import account, accounts, sessions

blueprints = (account.blueprint, accounts.blueprint, sessions.blueprint)
