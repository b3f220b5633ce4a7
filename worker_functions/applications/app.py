"""The applications worker: drains candidates' lanes into MongoDB. Wiring only."""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent

from chalicelib.composition import services
from chalicelib.worker import run_drain

app = Chalice(app_name="hirelane-applications", configure_logs=False)


def work(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One run over the lanes that are ready."""
    worker = services("applications")
    return run_drain(
        worker,
        worker.application_lanes,
        worker.storing,
        effect="stored",
        event=event,
        context=context,
    )


@app.lambda_function(name="drain")
def drain(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Invoked by whoever queues jobs for these lanes, and by its predecessor."""
    return work(event, context)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, Any]:
    """The safety net, once a minute: does what a failed wake or a killed drain left."""
    return work({}, event.context)
