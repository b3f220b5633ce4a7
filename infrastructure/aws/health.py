"""Check whether a deployed stage is healthy: its alarms, and the readiness of its API."""

import json
import urllib.error
import urllib.request

from infrastructure.aws.target import Target

ANSWER_SECONDS = 20.0


def alarms_and_readiness(target: Target, url: str) -> str:
    """Return in words what is wrong with a stage; empty if nothing is."""
    pages = (
        target.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"hirelane-{target.stage.name}-", StateValue="ALARM")
    )
    if names := [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]:
        return f"the alarm {names[0]} is on"
    return readiness(url)


def readiness(url: str) -> str:
    """Return in words why the API at a URL is not ready; empty if it is."""
    request = urllib.request.Request(f"{url}/health/ready")  # noqa: S310 - our own URL
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return f"/health/ready answers {error.code}: {error.read(300).decode(errors='replace')}"
    except (OSError, ValueError) as error:
        return f"/health/ready does not answer ({error})"
    return ""
