"""The local stack: Valkey, SecantusDB and LocalStack as processes on loopback, with no Docker.

`python -m infrastructure.local.stack` is its command line; `Stack` its interface to programs:

    stack = Stack(Path(".local/stack"))
    endpoints = stack.up()
    ...
    stack.down()
"""

from infrastructure.local.stack.endpoints import Endpoints
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.ports import Ports
from infrastructure.local.stack.stack import Stack

__all__ = ["Endpoints", "Ports", "Stack", "StackError"]
