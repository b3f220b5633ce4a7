"""Import at start what an accept needs.

Lambda gives a function more processor time while it starts than while it answers, and nobody waits
for the start of an environment that was started ahead of need. So the modules of the most important
request are imported at start, and those of all others when they are needed (ADR 58).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

APPLY_PATH = "/v1/postings/{posting_id}/applications"
MODULES = (
    "redis",
    "chalicelib.auth.sessions.access_tokens",
    "chalicelib.auth.sessions.signed_claims",
    "chalicelib.bootstrap.auth",
    "chalicelib.bootstrap.bursts",
    "chalicelib.bootstrap.files",
    "chalicelib.bootstrap.forms",
    "chalicelib.bootstrap.proofs",
    "chalicelib.bootstrap.recruiting",
    "chalicelib.bootstrap.redis_retry",
    "chalicelib.bootstrap.store_recovery",
    "chalicelib.bootstrap.waker",
    "chalicelib.recruiting.applications.apply_service",
    "chalicelib.recruiting.applications.receipts",
    "chalicelib.recruiting.bursts.origins",
    "chalicelib.recruiting.files.tokens",
    "chalicelib.recruiting.forms.apply_rules",
)


def preload(app: Any) -> None:
    """Import the modules of an accept, and register its route."""
    app.routes.get(APPLY_PATH)
    for module in MODULES:
        import_module(module)
