"""The entry points for the setting LAMBDA_RUNTIME_EXECUTOR=process."""

from typing import TYPE_CHECKING, Any

from plux import Plugin

if TYPE_CHECKING:
    from .executor import ProcessRuntimeExecutor


class ProcessRuntimeExecutorPlugin(Plugin):
    """Registers the executor with LocalStack under the name `process`."""

    namespace = "localstack.lambda.runtime_executor"
    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> "type[ProcessRuntimeExecutor]":
        """Return the class of the executor, imported here because plugins load lazily."""
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


class LocalEmuPlugin(ProcessRuntimeExecutorPlugin):
    """Registers the executor with LocalEmu."""

    namespace = "localemu.lambda.runtime_executor"
