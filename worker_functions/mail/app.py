"""The mail worker: drains the lanes of e-mails into SES. Entry points only."""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent

from chalicelib.bootstrap.notifications import RESERVE_SECONDS
from chalicelib.bootstrap.preload import preload
from chalicelib.bootstrap.process import get_container
from chalicelib.bootstrap.replacement import replace_drain
from chalicelib.bootstrap.worker import Worker

app = Chalice(app_name="hirelane-mail", configure_logs=False)
preload("mail")


def worker() -> Worker:
    """Return the worker of this process."""
    parts = get_container("mail")
    return Worker(
        parts,
        "mail",
        lambda: parts.notifications.job_handler,
        "mailed",
        reserve=RESERVE_SECONDS,
    )


@app.lambda_function(name="drain")
def drain(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Drain one shard. The API and other drains invoke this function."""
    return worker().drain(event, context)


@app.lambda_function(name="replacement")
def replace(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Replace a drain that failed. Lambda invokes this function with the failed invocation."""
    return replace_drain(get_container("mail"), event)


@app.lambda_function(name="feedback")
def handle_feedback(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Stop sending to addresses that bounced or complained. SNS invokes this function."""
    parts = get_container("mail")
    try:
        return parts.notifications.feedback_handler.handle(event)
    except Exception:
        parts.recovery.on_outage()
        raise


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> list[dict[str, Any]]:
    """Reconcile every shard once a minute, then drain the jobs left behind."""
    return worker().sweep(event.context)
