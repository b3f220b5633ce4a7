"""The errors Lambda itself reports when the function's process cannot.

Texts and types are those of the service. `Sandbox.Timedout`, `Runtime.ExitError` and
`Function.ResponseSizeTooLarge` are as clients of Lambda receive them; `Runtime.OutOfMemory` is
what its REPORT line and telemetry name a process killed for its memory (AWS Lambda Developer
Guide, "Understanding the Lambda execution environment lifecycle").
"""

import json
import signal
from dataclasses import dataclass

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Largest response of a synchronous invocation (AWS Lambda Developer Guide, quotas)."""


@dataclass(frozen=True)
class Fault:
    """Why an invocation failed.

    `status` and `error_type` are for the REPORT line; `payload` is what the caller receives.
    """

    status: str
    error_type: str
    payload: bytes


def _fault(error_type: str, message: str, status: str = "error") -> Fault:
    document = {"errorType": error_type, "errorMessage": message}
    return Fault(status, error_type, json.dumps(document).encode())


def timed_out(request_id: str, seconds: float) -> Fault:
    """The function ran longer than its timeout."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return _fault("Sandbox.Timedout", message, status="timeout")


def exited(request_id: str, returncode: int) -> Fault:
    """The process ended before it answered.

    Args:
        request_id: of the invocation it was to answer.
        returncode: as of `subprocess`: negative for the signal that ended the process.
    """
    if returncode == 0:
        reason = "Runtime exited without providing a reason"
    elif returncode > 0:
        reason = f"Runtime exited with error: exit status {returncode}"
    else:
        name = (signal.strsignal(-returncode) or f"signal {-returncode}").lower()
        reason = f"Runtime exited with error: signal: {name}"
    return _fault("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")


def out_of_memory(request_id: str) -> Fault:
    """The process used more than the function's memory size and was killed for it."""
    reason = "Runtime exited with error: signal: killed"
    return _fault("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {reason}")


def response_too_large() -> Fault:
    """The function returned more than a synchronous invocation may carry."""
    return _fault(
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size"
        f" ({MAX_RESPONSE_BYTES} bytes).",
    )


def reported_by_runtime(error_type: str, payload: bytes) -> Fault:
    """The runtime client reported, in its own words, that initialisation failed."""
    return Fault("error", error_type, payload)
