"""Turn a log event of a function into one readable line."""

import json
from datetime import UTC, datetime
from typing import Any

# Keys with a fixed position in the line, and keys that repeat on every line.
PLACED = {"level", "message", "timestamp", "service", "correlation_id"}
REPEATED = {
    "cold_start",
    "function_arn",
    "function_memory_size",
    "function_name",
    "function_request_id",
    "location",
    "sampling_rate",
    "xray_trace_id",
}


def render(message: str, milliseconds: int) -> str:
    """Return one line: time of day (UTC), level, message, correlation id, other keys.

    Args:
        message: The log event. If it is not JSON, it follows the time unchanged.
        milliseconds: The time of the event since the epoch.
    """
    at = datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    text = message.rstrip("\n")
    try:
        entry = json.loads(text)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return f"{at} {text}"
    if "_aws" in entry:
        return f"{at} METRICS  {_metrics(entry)}"
    parts = [at, f"{entry.get('level', '-')!s:<8}", _plain(entry.get("message", ""))]
    if entry.get("correlation_id"):
        parts.append(f"correlation_id={entry['correlation_id']}")
    others = {key: value for key, value in entry.items() if key not in PLACED | REPEATED}
    parts += [f"{key}={_plain(value)}" for key, value in others.items() if value is not None]
    return " ".join(parts)


def _metrics(entry: dict[str, Any]) -> str:
    """Return the values of a line in the embedded metric format."""
    try:
        names = [
            metric["Name"]
            for directive in entry["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
        ]
    except (KeyError, TypeError):
        return json.dumps(entry)
    return " ".join(f"{name}={_plain(entry.get(name))}" for name in names)


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\n", "\\n")
    if isinstance(value, list) and len(value) == 1:
        return _plain(value[0])
    return json.dumps(value)
