"""Import at start what a function needs for its most important event.

Lambda gives a function more processor time while it starts than while it answers, and nobody waits
for the start of an environment that was started ahead of need. So the modules of an accept, or of a
drain, are imported at start, and those of all other events when they are needed (ADR 58).
"""

from __future__ import annotations

from importlib import import_module

APPLY_PATH = "/v1/postings/{posting_id}/applications"
_ACCEPT = (
    "redis",
    "chalicelib.auth.sessions.access_tokens",
    "chalicelib.auth.sessions.signed_claims",
    "chalicelib.auth.sessions.signing_keys",
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
_DRAIN = (
    "pymongo",
    "redis",
    "chalicelib.bootstrap.drain_observer",
    "chalicelib.bootstrap.redis_retry",
    "chalicelib.bootstrap.waker",
)
MODULES = {
    "api": _ACCEPT,
    "applications": (*_DRAIN, "chalicelib.recruiting.applications.job_handler"),
    "mail": _DRAIN,
}


def preload(service: str) -> None:
    """Import the modules of a function: ``api``, ``applications`` or ``mail``."""
    for module in MODULES[service]:
        import_module(module)
