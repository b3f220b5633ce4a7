"""What the executor uses of the program that runs it: LocalStack, or its fork LocalEmu.

Both have the same modules below different top-level packages. Only this module imports them.
"""

import sys
from typing import TYPE_CHECKING

# The host has been imported before this module.
if TYPE_CHECKING or "localemu" not in sys.modules:
    from localstack import config
    from localstack.runtime import events
    from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
    from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
    from localstack.services.lambda_.invocation.lambda_models import (
        ArchiveCode,
        FunctionVersion,
        InitializationType,
        Invocation,
        InvocationResult,
    )
    from localstack.services.lambda_.invocation.logs import QUEUE_SHUTDOWN, LogHandler, LogItem
    from localstack.services.lambda_.invocation.runtime_executor import (
        LambdaRuntimeException,
        RuntimeExecutor,
    )
else:
    from localemu import config
    from localemu.runtime import events
    from localemu.services.lambda_.invocation.execution_environment import ExecutionEnvironment
    from localemu.services.lambda_.invocation.executor_endpoint import StatusErrorException
    from localemu.services.lambda_.invocation.lambda_models import (
        ArchiveCode,
        FunctionVersion,
        InitializationType,
        Invocation,
        InvocationResult,
    )
    from localemu.services.lambda_.invocation.logs import QUEUE_SHUTDOWN, LogHandler, LogItem
    from localemu.services.lambda_.invocation.runtime_executor import (
        LambdaRuntimeException,
        RuntimeExecutor,
    )

__all__ = [
    "QUEUE_SHUTDOWN",
    "ArchiveCode",
    "ExecutionEnvironment",
    "FunctionVersion",
    "InitializationType",
    "Invocation",
    "InvocationResult",
    "LambdaRuntimeException",
    "LogHandler",
    "LogItem",
    "RuntimeExecutor",
    "StatusErrorException",
    "config",
    "events",
]
