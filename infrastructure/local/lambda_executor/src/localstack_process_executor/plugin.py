"""The entry point for LocalStack's setting LAMBDA_RUNTIME_EXECUTOR=process."""

from typing import TYPE_CHECKING, Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from .executor import ProcessRuntimeExecutor


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Registers the executor under the name `process`."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> "type[ProcessRuntimeExecutor]":
        """Return the class of the executor, imported here because plugins load lazily."""
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor
