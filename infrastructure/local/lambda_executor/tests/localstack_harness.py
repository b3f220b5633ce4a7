"""A real LocalStack, and small functions deployed to it.

LOCALSTACK_PYTHON names the interpreter of the environment that has LocalStack, or its fork
LocalEmu, and this package (by default the one that runs the tests). LAMBDA_PROCESS_RUNTIME_DIR goes
to LocalStack as it is; without it, pip makes a runtime directory. Functions have LocalStack's
version of Python.
"""

import atexit
import base64
import contextlib
import functools
import http.client
import io
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config

# Only a test that fails waits as long.
PATIENCE_SECONDS = 60.0
REGION = "eu-central-1"
ROLE = "arn:aws:iam::000000000000:role/function"


PYTHON = os.environ.get("LOCALSTACK_PYTHON", sys.executable)


@functools.cache
def host() -> str:
    """Return the top-level package of the host in the environment: localstack or localemu."""
    code = (
        "import importlib.util as u; print('localemu' if u.find_spec('localemu') else 'localstack')"
    )
    return subprocess.check_output([PYTHON, "-c", code], text=True).strip()


@functools.cache
def version() -> str:
    """Return the version of Python that the functions run on, for instance 3.13."""
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    return subprocess.check_output([PYTHON, "-c", code], text=True).strip()


@functools.cache
def runtime_dir() -> str:
    """Return the runtime directory, which is made for these tests if none is configured."""
    if configured := os.environ.get("LAMBDA_PROCESS_RUNTIME_DIR"):
        return configured
    target = tempfile.mkdtemp(prefix="lambda-runtime-")
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    pip = [PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--target", target, "awslambdaric", "boto3"], check=True)
    return target


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class LocalStack:
    """A running LocalStack and where to reach it."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    shared: Path
    """A directory at the same path for functions and tests; functions have a /tmp of their own."""
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.service("lambda")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def service(self, name: str) -> Any:
        return boto3.client(
            name,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, read_timeout=60),
        )

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output()
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                with contextlib.closing(connection):
                    connection.request("GET", f"/_{host()}/health")
                    if connection.getresponse().status == 200:
                        return
            time.sleep(0.1)
        raise AssertionError(f"LocalStack did not come up:\n{self.output()}")

    def output(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-8000:]

    def stop(self) -> None:
        """Kill it, because it takes up to 15 s to shut down, and has nothing to save."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_localstack(folder: Path, **settings: str) -> Iterator[LocalStack]:
    port = free_port()
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "GATEWAY_SERVER": "hypercorn",
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(folder / "root"),
        "TMPDIR": str(folder / "tmp"),
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DOCKER_HOST": "unix:///nonexistent.sock",
        "API_ENDPOINT": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_SYNCHRONOUS_CREATE": "1",
        "SERVICES": "lambda,iam,sts,s3,sqs,logs",
        "LAMBDA_PROCESS_RUNTIME_DIR": runtime_dir(),
        "A_SECRET_OF_THE_DEVELOPER": "must not reach functions",
        **settings,
    }
    (folder / "tmp").mkdir(parents=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "localstack_process_executor"],
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with tempfile.TemporaryDirectory(prefix="lambda-tests-", dir="/var/tmp") as shared:
        stack = LocalStack(process, port, folder, Path(shared))
        try:
            stack.wait_until_up()
            yield stack
        finally:
            stack.stop()


@dataclass(frozen=True)
class Answer:
    """What the caller of a function receives."""

    value: Any
    error: str | None
    log: str

    @property
    def report(self) -> dict[str, str]:
        """The fields of the REPORT line."""
        line = next(row for row in self.log.splitlines() if row.startswith("REPORT"))
        return dict(part.split(": ", 1) for part in line.split("\t") if ": " in part)


@dataclass(frozen=True)
class Function:
    """A deployed function."""

    name: str
    stack: LocalStack

    def __call__(self, event: object = None, **options: Any) -> Answer:
        options = {"LogType": "Tail", **options}
        response = self.stack.client.invoke(
            FunctionName=self.name, Payload=json.dumps(event), **options
        )
        body = response["Payload"].read()
        return Answer(
            json.loads(body) if body else None,
            response.get("FunctionError"),
            base64.b64decode(response.get("LogResult", "")).decode(errors="replace"),
        )


FAILING = """
import json
def handler(event, context):
    return json.loads("{")
"""
"""Code whose stack trace has a frame of the package, and one of the standard library."""

FAILING_FRAMES = {
    'File "/var/task/app.py", line 4, in handler': 0,
    f'File "/var/lang/lib/python{version()}/json/__init__.py"': 1,
}
"""Each frame, and its index in the stack trace."""

Deploy = Callable[..., Function]
_numbers = itertools.count(1)


def package(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, textwrap.dedent(text))
    return target.getvalue()


def deploy_to(stack: LocalStack, code: str, **options: Any) -> Function:
    """Create a function whose module `app` holds `code`."""
    name = options.pop("name", f"function-{next(_numbers)}")
    variables = options.pop("variables", {})
    files = options.pop("files", {})
    defaults = {
        "Runtime": f"python{version()}",
        "Role": ROLE,
        "Handler": "app.handler",
        "Timeout": 10,
        "MemorySize": 256,
        "Environment": {"Variables": variables},
    }
    stack.client.create_function(
        FunctionName=name,
        **{"Code": {"ZipFile": package({"app.py": code, **files})}, **defaults, **options},
    )
    return Function(name, stack)


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a condition holds that will hold anyway, also on a busy machine."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition does not come true"
        time.sleep(0.05)


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def running(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
