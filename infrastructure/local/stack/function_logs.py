"""The logs of all deployed functions, in one stream."""

import re
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.local.stack.aws import PREFIX, QUICK, session
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.functions import function_names
from infrastructure.local.stack.log_lines import render

GROUPS = f"/aws/lambda/{PREFIX}"
POLL_SECONDS = 1.0
# An event can be stored some time after its timestamp, so each request goes back this far.
OVERLAP_MILLISECONDS = 10_000


class Event(NamedTuple):
    """One logged line; `at` is in milliseconds since the epoch."""

    at: int
    function: str
    identity: str
    message: str


def seconds(text: str) -> float:
    """Return a duration such as 90s, 10m, 2h or 1d in seconds.

    Raises:
        StackError: The text is not a duration.
    """
    match = re.fullmatch(r"(\d+)([smhd]?)", text)
    if match is None:
        raise StackError(f"--since {text} is not a duration such as 30s, 10m or 2h.")
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def show(endpoint_url: str, *, function: str | None, since: float, follow: bool) -> None:
    """Print the events of the last seconds, then new ones until the user interrupts.

    Args:
        endpoint_url: The URL of LocalStack.
        function: Print only the events of this function.
        since: The number of seconds to go back.
        follow: Whether to wait for new events.

    Raises:
        StackError: LocalStack does not answer, or there is no such function.
    """
    client = session().client("logs", endpoint_url=endpoint_url, config=QUICK)
    start = int((time.time() - since) * 1000)
    seen: dict[str, int] = {}
    is_known = function is None
    while True:
        try:
            if function is not None and not is_known:
                _check_name(client, endpoint_url, function)
                is_known = True
            events = sorted(_events(client, function, start))
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"LocalStack does not return its logs: {error}") from error
        for event in events:
            if event.identity not in seen:
                seen[event.identity] = event.at
                sys.stdout.write(f"{event.function:<24}  {render(event.message, event.at)}\n")
        sys.stdout.flush()
        if not follow:
            return
        if events:
            start = max(start, events[-1].at - OVERLAP_MILLISECONDS)
            seen = {identity: at for identity, at in seen.items() if at >= start}
        time.sleep(POLL_SECONDS)


def short_name(group: str) -> str:
    """Return the name of a function without the prefix and the stage that all names share."""
    return group.removeprefix(GROUPS).replace("-local", "", 1)


def _groups(client: Any) -> list[str]:
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUPS)
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def _check_name(client: Any, endpoint_url: str, function: str) -> None:
    """Reject the name of a function that neither is deployed nor has logged anything.

    Raises:
        StackError: There is no such function.
    """
    deployed = [f"/aws/lambda/{name}" for name in function_names(endpoint_url)]
    names = sorted({short_name(group) for group in (*deployed, *_groups(client))})
    if short_name(function) not in names:
        known = f"the functions are {', '.join(names)}" if names else "none is deployed"
        raise StackError(f"There is no function {function}: {known}.")


def _events(client: Any, function: str | None, start: int) -> Iterator[Event]:
    for group in _groups(client):
        name = short_name(group)
        if function is not None and function not in (name, group):
            continue
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start
        )
        for page in pages:
            for event in page["events"]:
                yield Event(event["timestamp"], name, event["eventId"], event["message"])
