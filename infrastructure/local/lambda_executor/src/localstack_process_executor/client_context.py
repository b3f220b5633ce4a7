"""The client context of an invocation, which LocalStack does not pass to executors."""

import base64
import json
from contextvars import ContextVar
from typing import Any

from .host import ExecutionEnvironment, Invocation, InvocationResult

_context: ContextVar[str] = ContextVar("client_context", default="")
_invoke = ExecutionEnvironment.invoke


def client_context() -> str:
    """Return the client context of this thread's invocation as JSON; empty if there is none."""
    return _context.get()


def install() -> None:
    """Let LocalStack's execution environments keep the client context."""
    ExecutionEnvironment.invoke = _invoke_with_context


def _invoke_with_context(self: Any, invocation: Invocation, *others: Any) -> InvocationResult:
    token = _context.set(_decode(invocation))
    try:
        return _invoke(self, invocation, *others)
    finally:
        _context.reset(token)


def _decode(invocation: Invocation) -> str:
    """Return the context as JSON in ASCII, because it becomes a header."""
    # Lambda passes it in synchronous invocations only.
    if not invocation.client_context or invocation.invocation_type == "Event":
        return ""
    text = invocation.client_context
    try:
        if not text.lstrip().startswith("{"):
            text = base64.b64decode(text, validate=True).decode()
        return json.dumps(json.loads(text))
    except ValueError:
        return ""
