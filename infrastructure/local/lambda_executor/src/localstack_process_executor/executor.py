"""The implementation of LocalStack's `RuntimeExecutor` interface.

LocalStack creates one executor for each execution environment. It decides when to create, reuse and
stop executors (`localstack.services.lambda_.invocation.assignment`).
"""

import functools
import hashlib
import tempfile
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import (
    FunctionVersion,
    InitializationType,
    InvocationResult,
)
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from .errors import UnsupportedFunctionError
from .guardian import Guardian
from .interpreters import Interpreter, InterpreterFinder, python_version
from .lifecycle import Environment, FunctionSpec
from .runtime_api import Invocation
from .runtime_dir import RuntimeDirectories
from .settings import Settings

_EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - only compared, never bound


class _Host:
    """The objects that all executors of this LocalStack share."""

    def __init__(self) -> None:
        self.settings = Settings.from_environ()
        self.scratch = Path(tempfile.mkdtemp(prefix="lambda-process-"))
        self.guardian = Guardian(self.scratch)
        self.interpreters = InterpreterFinder(self.settings.pythons)
        self.runtime_dirs = RuntimeDirectories(self.settings.runtime_dir, self.scratch)


@functools.cache
def _host() -> _Host:
    return _Host()


class ProcessRuntimeExecutor(RuntimeExecutor):
    """Runs a function version in a process on this machine."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id=id, function_version=function_version)
        self._environment: Environment | None = None
        self._stopped = False

    def start(self, env_vars: dict[str, str]) -> None:
        """Initialise the environment.

        An on-demand environment that fails is kept, because Lambda repeats the initialisation in
        the first invocation, and reports the result of that with its logs.

        Raises:
            StatusErrorException: An environment with provisioned concurrency failed.
            LambdaRuntimeException: The environment was stopped meanwhile.
        """
        host = _host()
        self._environment = Environment(
            _describe(self.function_version),
            env_vars,
            private=host.scratch / "environments" / self.id,
            settings=host.settings,
            guardian=host.guardian,
        )
        fault = self._environment.initialise()
        if self._stopped:
            self._environment.stop()
            raise LambdaRuntimeException(f"Environment {self.id} was stopped while it started")
        on_demand = env_vars.get("AWS_LAMBDA_INITIALIZATION_TYPE") == InitializationType.on_demand
        if fault is not None and not on_demand:
            raise StatusErrorException("Environment startup failed", payload=fault.payload)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one invocation; LocalStack sends only one at a time to an environment."""
        if self._environment is None:
            raise LambdaRuntimeException(f"Environment {self.id} has not been started")
        request_id = payload["invoke-id"]
        result = self._environment.invoke(
            Invocation(
                request_id,
                payload["invoked-function-arn"],
                payload["payload"].encode(),
                payload.get("trace-id", ""),
            )
        )
        return InvocationResult(
            request_id=request_id,
            payload=result.payload,
            is_error=result.is_error,
            logs=result.logs,
        )

    def stop(self) -> None:
        """Kill the environment's processes and delete its files."""
        self._stopped = True
        if self._environment is not None:
            self._environment.stop()

    def get_address(self) -> str:
        """Return the address of the environment, which is on this machine."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Return the host of LocalStack for functions; it is a part of AWS_ENDPOINT_URL."""
        host = config.GATEWAY_LISTEN[0].host
        return "127.0.0.1" if host in _EVERY_ADDRESS else host

    def get_runtime_endpoint(self) -> str:
        """Return the URL for LocalStack's init binary, which is not used here."""
        return f"http://{self.get_endpoint_from_executor()}:{config.GATEWAY_LISTEN[0].port}"

    def get_logs(self) -> str:
        """Return output that no invocation has reported yet."""
        return self._environment.logs if self._environment is not None else ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code and the layers, and check that the function can run here.

        Raises:
            ProcessExecutorError: The function cannot run here. Its state becomes `Failed`, with
                the text of the error as the reason.
        """
        _interpreter(function_version)
        settings = function_version.config
        settings.code.prepare_for_execution()
        for layer in settings.layers:
            if layer.code is None:
                raise UnsupportedFunctionError(
                    f"The code of the layer {layer.layer_version_arn} is not available."
                )
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Do nothing, because LocalStack deletes the unpacked code."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Check the settings when LocalStack begins to use Lambda.

        Raises:
            SettingsError: A setting has an invalid value.
        """
        _host()
        return True


def _interpreter(function_version: FunctionVersion) -> tuple[Interpreter, Path]:
    host = _host()
    if function_version.config.capacity_provider_config:
        raise UnsupportedFunctionError(
            "The process executor does not run functions on Lambda Managed Instances."
        )
    interpreter = host.interpreters.find(python_version(function_version.config.runtime))
    return interpreter, host.runtime_dirs.find(interpreter)


def _describe(function_version: FunctionVersion) -> FunctionSpec:
    host = _host()
    settings = function_version.config
    interpreter, runtime_dir = _interpreter(function_version)
    code_key = hashlib.sha256(str(settings.code.code_sha256).encode()).hexdigest()[:32]
    return FunctionSpec(
        name=function_version.id.function_name,
        version=function_version.id.qualifier,
        handler=settings.handler,
        code=settings.code.get_unzipped_code_location(),
        layers=tuple(layer.code.get_unzipped_code_location() for layer in settings.layers),
        memory_mb=settings.memory_size,
        timeout_seconds=settings.timeout,
        interpreter=interpreter,
        runtime_dir=runtime_dir,
        json_logs=settings.logging_config.get("LogFormat") == "JSON",
        bytecode=host.scratch / "bytecode" / code_key if host.settings.bytecode_cache else None,
    )
