"""The entry point by which LocalStack finds the executor: LAMBDA_RUNTIME_EXECUTOR=process."""

from typing import TYPE_CHECKING, Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from .executor import ProcessRuntimeExecutor


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Registers the executor under the name `process`."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> "type[ProcessRuntimeExecutor]":
        """The executor's class. Imported here, as LocalStack loads plugins lazily."""
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor
