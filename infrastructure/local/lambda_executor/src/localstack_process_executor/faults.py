"""The errors that Lambda reports itself, because the function's process cannot.

The texts and types are those of the service. Clients of Lambda receive `Sandbox.Timedout`,
`Runtime.ExitError` and `Function.ResponseSizeTooLarge`. `Runtime.OutOfMemory` is the type in the
REPORT line and in the telemetry of a process that was killed for its memory (AWS Lambda Developer
Guide, "Understanding the Lambda execution environment lifecycle").
"""

import json
import signal
from dataclasses import dataclass

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""The default for the largest response of an invocation (AWS Lambda Developer Guide, quotas)."""


@dataclass(frozen=True)
class Fault:
    """The reason why an invocation failed.

    `status` and `error_type` are for the REPORT line; the caller receives `payload`.
    """

    status: str
    error_type: str
    payload: bytes


def _fault(error_type: str, message: str, status: str = "error") -> Fault:
    document = {"errorType": error_type, "errorMessage": message}
    return Fault(status, error_type, json.dumps(document).encode())


def timed_out(request_id: str, seconds: float) -> Fault:
    """Return the fault of a function that ran longer than its timeout."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return _fault("Sandbox.Timedout", message, status="timeout")


def exited(request_id: str, returncode: int) -> Fault:
    """Return the fault of a process that ended before it answered.

    Args:
        request_id: The id of the unanswered invocation.
        returncode: The return code of the process; a negative number is a signal.
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
    """Return the fault of a process that was killed because it exceeded its memory size."""
    reason = "Runtime exited with error: signal: killed"
    return _fault("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {reason}")


def response_too_large(limit: int) -> Fault:
    """Return the fault of a response that is larger than the limit, in bytes."""
    return _fault(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({limit} bytes).",
    )


def reported_by_runtime(error_type: str, payload: bytes) -> Fault:
    """Return the fault of an initialisation whose failure the runtime client reported."""
    return Fault("error", error_type, payload)
