"""One Lambda execution environment: initialise, invoke, reset, stop.

Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".

- The Init phase may take 10 seconds, which are not part of the function's timeout.
- If it fails, initialisation is repeated as a part of the first invocation, within the timeout of
  the function. The failure of that second attempt is reported.
- If an invocation crashes, times out or runs out of memory, the environment is reset: the process
  is gone, /tmp stays, and the next invocation first initialises a new process.
"""

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from . import faults
from .environ import child_environ
from .faults import Fault
from .guardian import Guardian
from .interpreters import Interpreter
from .logs import Measurements, PlatformLog
from .mark import Mark
from .output import LogText, OutputBuffer
from .process import Limits
from .runtime_api import InitFailed, Invocation, Raised, Ready, Responded, ResponseTooLarge
from .sandbox import DeadlineReached, Event, Exited, OutOfMemory, Sandbox
from .settings import Settings
from .view import CHILD, ViewFactory

INIT_SECONDS = 10.0
"""The limit of the Init phase of a function with on-demand concurrency."""

_MIB = 1024 * 1024


@dataclass(frozen=True)
class FunctionSpec:
    """The description of a function version."""

    name: str
    version: str
    handler: str
    code: Path
    layers: tuple[Path, ...]
    memory_mb: int
    timeout_seconds: int
    interpreter: Interpreter
    runtime_dir: Path
    max_response_bytes: int = faults.MAX_RESPONSE_BYTES
    json_logs: bool = False
    system_log_level: str = "INFO"
    bytecode: Path | None = None


@dataclass(frozen=True)
class Answer:
    """The answer of the function: a value, or an exception that it raised."""

    payload: bytes
    is_error: bool


@dataclass(frozen=True)
class Result:
    """The result of an invocation."""

    payload: bytes
    is_error: bool
    logs: LogText


class Environment:
    """An execution environment.

    `invoke` handles one call at a time; `stop` may be called at any time.
    """

    def __init__(
        self,
        function: FunctionSpec,
        variables: Mapping[str, object],
        *,
        private: Path,
        settings: Settings,
        guardian: Guardian,
        views: ViewFactory,
        initialisation: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Create the environment's directory; no process is started yet.

        Args:
            function: The function to run.
            variables: The environment variables that LocalStack passes for the function.
            private: A directory to create for this environment only; `stop` deletes it.
            settings: The settings of the executor.
            guardian: Kills the processes if this process dies.
            views: Makes the paths that the function sees.
            initialisation: Waits until a process may be initialised in an invocation.
        """
        self._function = function
        self._initialisation = initialisation
        self._settings = settings
        self._guardian = guardian
        self._private = private
        self._view = view = views.make(
            function.interpreter,
            private=private,
            code=function.code,
            layers=function.layers,
            runtime_dir=function.runtime_dir,
            bytecode=function.bytecode,
        )
        environ = child_environ(
            variables,
            handler=function.handler,
            interpreter=function.interpreter,
            code=view.task,
            layers=view.layers,
            runtime_dir=view.runtime,
            private=private,
            tmp=view.tmp,
            bytecode=view.bytecode,
        )
        self._environ = {**environ, **view.variables(environ.get("AWS_LAMBDA_EXEC_WRAPPER", ""))}
        self._mark = Mark()
        self._output = OutputBuffer()
        self._platform = PlatformLog(
            self._output,
            as_json=function.json_logs,
            level=function.system_log_level,
            initialization_type=environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        )
        self._sandbox: Sandbox | None = None
        self._init_ms: float | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def initialise(self) -> Fault | None:
        """Run the Init phase. Return its failure; `invoke` then repeats the initialisation."""
        self._platform.init_start("init")
        began = time.perf_counter()
        failed, ended = self._start_process("", began + INIT_SECONDS)
        init_ms = (ended - began) * 1000
        self._platform.init_end("init", init_ms, failed)
        if failed is None:
            self._init_ms = init_ms
            self._freeze()
        return failed

    def invoke(self, invocation: Invocation) -> Result:
        """Run the function once; a failure of the function raises no exception here."""
        function = self._function
        init_ms, self._init_ms = self._init_ms, None
        outcome: Answer | Fault | None
        with nullcontext() if self._runs else self._initialisation():
            began = time.perf_counter()
            deadline = began + function.timeout_seconds
            invocation = replace(
                invocation, deadline_ms=int((time.time() + function.timeout_seconds) * 1000)
            )
            outcome, ended = self._make_ready(invocation.request_id, deadline)
        self._platform.start(invocation.request_id, function.version)
        if outcome is None:
            outcome, ended = self._run(invocation, deadline)

        if isinstance(outcome, Fault):
            fault, answer = outcome, Answer(outcome.payload, is_error=True)
            if self._sandbox is not None:
                self._sandbox.kill()
        else:
            fault, answer = None, outcome
        timed_out = fault is not None and fault.status == "timeout"
        measured = Measurements(
            (function.timeout_seconds if timed_out else ended - began) * 1000,
            function.memory_mb,
            self._sandbox.peak_memory_bytes if self._sandbox else 0,
            init_ms,
        )
        self._platform.end(invocation.request_id, measured, fault)
        self._freeze()
        payload = self._view.show_error(answer.payload) if answer.is_error else answer.payload
        return Result(payload, answer.is_error, self._output.take().map(self._view.show))

    def stop(self) -> None:
        """Kill the processes of the environment, and delete its /tmp."""
        with self._lock:
            self._stopped = True
            sandbox = self._sandbox
        if sandbox is not None:
            sandbox.kill()
        shutil.rmtree(self._private, ignore_errors=True)

    @property
    def logs(self) -> str:
        """The output that is not yet part of the logs of an invocation."""
        return self._output.peek()

    @property
    def _runs(self) -> bool:
        return self._sandbox is not None and self._sandbox.alive

    def _make_ready(self, request_id: str, deadline: float) -> tuple[Fault | None, float]:
        """Ensure that a process runs, and initialise one if necessary; see `_start_process`."""
        if self._sandbox is not None and self._sandbox.alive:
            if self._settings.freeze:
                self._sandbox.thaw()
            return None, time.perf_counter()
        self._platform.init_start("invoke")
        began = time.perf_counter()
        failed, ended = self._start_process(request_id, deadline)
        self._platform.init_end("invoke", (ended - began) * 1000, failed)
        return failed, ended

    def _start_process(self, request_id: str, deadline: float) -> tuple[Fault | None, float]:
        """Start a process and wait until it asks for work.

        Returns:
            The failure, if any, and the `time.perf_counter()` at the end.
        """
        with self._lock:
            if self._stopped:
                return faults.exited(request_id, -9), time.perf_counter()
            self._sandbox = sandbox = self._spawn()
        event = sandbox.wait(deadline)
        match event:
            case Ready():
                return None, event.at
            case InitFailed():
                sandbox.let_end()
                return faults.reported_by_runtime(event.error_type, event.payload), event.at
            case _:
                sandbox.kill()
                return self._explain(event, request_id), event.at

    def _spawn(self) -> Sandbox:
        function, settings = self._function, self._settings
        memory = function.memory_mb * _MIB
        headroom = settings.address_space_headroom_mb * _MIB
        limited = settings.memory_limit and headroom > 0
        return Sandbox(
            [str(function.interpreter.executable), "-s", "-S", str(CHILD)],
            environ=self._environ,
            directory=function.code,
            mark=self._mark,
            limits=Limits(memory + headroom if limited else None),
            memory_bytes=memory if settings.memory_limit else None,
            max_response_bytes=function.max_response_bytes,
            output=self._output,
            guardian=self._guardian,
        )

    def _run(
        self, invocation: Invocation, deadline: float, *, again: bool = True
    ) -> tuple[Answer | Fault, float]:
        """Let the running process handle an invocation.

        Returns:
            The outcome, and the `time.perf_counter()` at the end.
        """
        sandbox = self._sandbox
        if sandbox is None:  # `_make_ready` has started one
            raise RuntimeError("no process to run the invocation")
        sandbox.submit(invocation)
        event = sandbox.wait(deadline)
        match event:
            case Responded():
                return Answer(event.payload, is_error=False), event.at
            case Raised():
                return Answer(event.payload, is_error=True), event.at
            case ResponseTooLarge():
                sandbox.let_end()  # the client exits when its response is refused
                return faults.response_too_large(self._function.max_response_bytes), event.at
            case Exited() if again and not sandbox.delivered:
                # It ended between two invocations, so this one did not cause it.
                failed, ended = self._make_ready(invocation.request_id, deadline)
                if failed is not None:
                    return failed, ended
                return self._run(invocation, deadline, again=False)
            case _:
                return self._explain(event, invocation.request_id), event.at

    def _explain(self, event: Event, request_id: str) -> Fault:
        match event:
            case Exited():
                return faults.exited(request_id, event.returncode)
            case OutOfMemory():
                return faults.out_of_memory(request_id)
            case DeadlineReached():
                return faults.timed_out(request_id, self._function.timeout_seconds)
            case _:
                raise AssertionError(f"unexpected event: {event}")

    def _freeze(self) -> None:
        if self._settings.freeze and self._sandbox is not None and self._sandbox.alive:
            self._sandbox.freeze()
