"""The mail worker: drains the lanes of mail into SES. Wiring only."""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent

from chalicelib.bootstrap.process import get_container
from chalicelib.bootstrap.worker import Worker

app = Chalice(app_name="hirelane-mail", configure_logs=False)


def worker() -> Worker:
    """The parts of this worker."""
    parts = get_container("mail")
    return Worker(parts, parts.notifications.lanes, parts.notifications.job_handler, "mailed")


@app.lambda_function(name="drain")
def drain(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Invoked by whoever queues jobs for these lanes, and by other drains."""
    return worker().drain(event, context)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> list[dict[str, Any]]:
    """Once a minute: sees that all is in its place, does what failed wakes left."""
    return worker().sweep(event.context)
