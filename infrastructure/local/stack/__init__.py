"""The local stack: Valkey, SecantusDB and LocalStack as processes on loopback, without Docker.

`python -m infrastructure stack` is its command line. Programs use the class `Stack`:

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
