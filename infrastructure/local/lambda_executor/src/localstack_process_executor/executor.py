"""The implementation of LocalStack's `RuntimeExecutor` interface, which LocalEmu has too.

LocalStack creates one executor for each execution environment. It decides when to create, reuse and
stop executors (`localstack.services.lambda_.invocation.assignment`).
"""

import functools
import hashlib
import tempfile
import threading
import uuid
from pathlib import Path

from .client_context import client_context, install
from .code import CodeStore
from .errors import UnsupportedFunctionError
from .guardian import Guardian
from .host import (
    QUEUE_SHUTDOWN,
    ArchiveCode,
    FunctionVersion,
    InitializationType,
    InvocationResult,
    LambdaRuntimeException,
    LogHandler,
    LogItem,
    RuntimeExecutor,
    StatusErrorException,
    config,
    events,
)
from .hot_reload import BytecodeStore, state_of
from .interpreters import Interpreter, InterpreterFinder, python_version
from .lifecycle import Environment, FunctionSpec
from .pool import EnvironmentPool
from .runtime_api import Invocation
from .runtime_dir import RuntimeDirectories
from .settings import Settings
from .view import ViewFactory

_EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - only compared, never bound


class _Host:
    """The objects that all executors of this LocalStack share."""

    def __init__(self) -> None:
        self.settings = Settings.from_environ()
        self.scratch = Path(tempfile.mkdtemp(prefix="lambda-process-"))
        self.guardian = Guardian(self.scratch)
        self.interpreters = InterpreterFinder(self.settings.pythons)
        self.runtime_dirs = RuntimeDirectories(self.settings.runtime_dir, self.scratch)
        self.views = ViewFactory(enabled=self.settings.mounts)
        self.code = CodeStore(self.scratch / "code")
        self.reloaded_bytecode = BytecodeStore(self.scratch / "reloaded")
        self.prepared: dict[str, list[Path]] = {}
        """The directories that are kept for each function version."""
        self.pool = EnvironmentPool[Environment](self.settings.simultaneous_inits)


@functools.cache
def _host() -> _Host:
    install()
    return _Host()


class ProcessRuntimeExecutor(RuntimeExecutor):
    """Runs a function version in a process on this machine.

    LocalStack creates an executor for each invocation that finds no idle one. The executor begins
    to initialise an environment only in that invocation, or takes an idle one of the same version
    (see `pool`).
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002
        super().__init__(id=id, function_version=function_version)
        self._variables: dict[str, str] = {}
        self._environment: Environment | None = None
        self._version = ""
        """Identifies the function version of the environment, and the state of its files."""
        self._lock = threading.Lock()
        self._running = False
        self._stopped = False

    def start(self, env_vars: dict[str, str]) -> None:
        """Initialise an environment with provisioned concurrency.

        An on-demand environment is initialised in the first invocation. If that fails, Lambda
        repeats the initialisation, and reports the result of that with its logs.

        Raises:
            StatusErrorException: An environment with provisioned concurrency failed.
            LambdaRuntimeException: The environment was stopped meanwhile.
        """
        self._variables = env_vars
        if self._on_demand:
            return
        self._version = _state(self.function_version)
        with _host().pool.initialisation():
            self._environment = self._create()
            fault = self._environment.initialise()
        if self._stopped:
            self._environment.stop()
            raise LambdaRuntimeException(f"Environment {self.id} was stopped while it started")
        if fault is not None:
            raise StatusErrorException("Environment startup failed", payload=fault.payload)

    def invoke(
        self, payload: dict[str, str], function_timeout: int | None = None
    ) -> InvocationResult:
        """Run one invocation; LocalStack sends only one at a time to an environment.

        Args:
            payload: The invocation.
            function_timeout: Passed by LocalEmu; the configuration of the function has it, too.
        """
        request_id = payload["invoke-id"]
        invocation = Invocation(
            request_id,
            payload["invoked-function-arn"],
            payload["payload"].encode(),
            payload.get("trace-id", ""),
            client_context(),
        )
        with _host().code.kept(_directories(self.function_version)):
            environment = self._take()
            try:
                result = environment.invoke(invocation)
            finally:
                stopped = self._give_back(environment)
        if stopped and result.logs:
            self._store_logs(result.logs)
        return InvocationResult(
            request_id=request_id,
            payload=result.payload,
            is_error=result.is_error,
            logs=result.logs,
        )

    def stop(self) -> None:
        """Kill the environment's processes and delete its files, after a running invocation.

        LocalStack calls this when the environment is idle for long, and when the function is
        deleted or updated. Lambda lets running invocations end in the latter cases.
        """
        with self._lock:
            self._stopped = True
            environment = self._environment
            if environment is None or (self._running and not events.infra_stopping.is_set()):
                return
        if not self._on_demand or self._running or self._remove(environment):
            environment.stop()

    def _take(self) -> Environment:
        """Return the environment for an invocation."""
        self._running = True
        try:
            return self._find()
        except BaseException:
            self._running = False
            raise

    def _find(self) -> Environment:
        version = _state(self.function_version)
        outdated = self._environment if version != self._version else None
        if self._on_demand:
            if outdated is not None and self._remove(outdated):
                outdated.stop()
            self._version = version
            self._environment = _host().pool.take(
                version, self._environment, self._create_initialised
            )
        elif outdated is not None:
            outdated.stop()
            self._version = version
            with _host().pool.initialisation():
                self._environment = self._create_initialised()
        if self._environment is None:
            raise LambdaRuntimeException(f"Environment {self.id} has not been started")
        return self._environment

    def _give_back(self, environment: Environment) -> bool:
        """End the use of an environment. Return whether this executor was stopped meanwhile."""
        with self._lock:
            self._running = False
            stopped = self._stopped
            if not stopped and self._on_demand:
                _host().pool.give_back(self._version, environment)
        if stopped:
            environment.stop()
        return stopped

    def _remove(self, environment: Environment) -> bool:
        return _host().pool.remove(self._version, environment)

    def _create_initialised(self) -> Environment:
        environment = self._create()
        environment.initialise()
        return environment

    def _create(self) -> Environment:
        host = _host()
        return Environment(
            _describe(self.function_version),
            self._variables,
            private=host.scratch / "environments" / uuid.uuid4().hex,
            settings=host.settings,
            guardian=host.guardian,
            views=host.views,
            initialisation=host.pool.initialisation,
        )

    @property
    def _on_demand(self) -> bool:
        kind = self._variables.get("AWS_LAMBDA_INITIALIZATION_TYPE")
        return bool(kind == InitializationType.on_demand)

    def _store_logs(self, logs: str) -> None:
        """Send logs to CloudWatch Logs, because LocalStack's thread for this version has ended."""
        version = self.function_version
        group = f"/aws/lambda/{version.id.function_name}"
        handler = LogHandler(version.config.role, version.id.region)
        handler.start_subscriber()
        handler.add_logs(LogItem(group, self._variables["AWS_LAMBDA_LOG_STREAM_NAME"], logs))
        handler.log_queue.put(QUEUE_SHUTDOWN)

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
        for directory in _reloaded(function_version):
            if not directory.is_dir():
                raise UnsupportedFunctionError(
                    f"The directory {directory}, from which code is reloaded, does not exist."
                )
        settings = function_version.config
        settings.code.prepare_for_execution()
        for layer in settings.layers:
            if layer.code is None:
                raise UnsupportedFunctionError(
                    f"The code of the layer {layer.layer_version_arn} is not available."
                )
            layer.code.prepare_for_execution()
        host = _host()
        directories = host.prepared.setdefault(_key(function_version), [])
        for directory in _directories(function_version):
            host.code.keep(directory)
            directories.append(directory)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Delete the copies of the code that no running invocation needs."""
        host = _host()
        for directory in host.prepared.pop(_key(function_version), []):
            host.code.drop(directory)

    @classmethod
    def validate_environment(cls) -> bool:
        """Check the settings when LocalStack begins to use Lambda.

        Raises:
            SettingsError: A setting has an invalid value.
        """
        _host()
        return True


def _key(function_version: FunctionVersion) -> str:
    """Return what identifies a version: an update changes its internal revision."""
    return f"{function_version.qualified_arn} {function_version.config.internal_revision}"


def _state(function_version: FunctionVersion) -> str:
    """Return what identifies a version and the present state of its hot-reloaded directories."""
    reloaded = _reloaded(function_version)
    return f"{_key(function_version)} {state_of(reloaded) if reloaded else ''}"


def _directories(function_version: FunctionVersion) -> list[Path]:
    """Return where LocalStack unpacks the code and the layers, except for hot reloading."""
    return [
        code.get_unzipped_code_location()
        for code in _codes(function_version)
        if not code.is_hot_reloading()
    ]


def _reloaded(function_version: FunctionVersion) -> list[Path]:
    """Return the hot-reloaded directories of the code and the layers."""
    return [
        code.get_unzipped_code_location()
        for code in _codes(function_version)
        if code.is_hot_reloading()
    ]


def _codes(function_version: FunctionVersion) -> list[ArchiveCode]:
    settings = function_version.config
    return [settings.code, *(layer.code for layer in settings.layers if layer.code is not None)]


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
    return FunctionSpec(
        name=function_version.id.function_name,
        version=function_version.id.qualifier,
        handler=settings.handler,
        code=host.code.path(settings.code.get_unzipped_code_location()),
        layers=tuple(
            host.code.path(layer.code.get_unzipped_code_location()) for layer in settings.layers
        ),
        memory_mb=settings.memory_size,
        timeout_seconds=settings.timeout,
        interpreter=interpreter,
        runtime_dir=runtime_dir,
        max_response_bytes=int(config.LAMBDA_LIMITS_MAX_FUNCTION_PAYLOAD_SIZE_BYTES),
        json_logs=settings.logging_config.get("LogFormat") == "JSON",
        system_log_level=settings.logging_config.get("SystemLogLevel") or "INFO",
        bytecode=_bytecode(function_version),
    )


def _bytecode(function_version: FunctionVersion) -> Path | None:
    """Return the directory for compiled bytecode, or None to store none."""
    host = _host()
    if reloaded := _reloaded(function_version):
        return host.reloaded_bytecode.folder(reloaded)
    if not host.settings.bytecode_cache:
        return None
    key = hashlib.sha256(str(function_version.config.code.code_sha256).encode()).hexdigest()[:32]
    return host.scratch / "bytecode" / key
