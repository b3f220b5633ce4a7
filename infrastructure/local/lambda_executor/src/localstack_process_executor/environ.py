"""The environment variables and the import path a function sees.

Names and meanings: AWS Lambda Developer Guide, "Working with Lambda environment variables". The
process inherits nothing of LocalStack's own environment; it starts from what LocalStack passes
for the function (`ExecutionEnvironment.get_environment_variables`).
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .interpreters import Interpreter

_NOT_FOR_FUNCTIONS = frozenset(
    {
        # For LocalStack's init binary inside its containers.
        "LOCALSTACK_RUNTIME_ID",
        "LOCALSTACK_RUNTIME_ENDPOINT",
        "LOCALSTACK_FUNCTION_ACCOUNT_ID",
        "LOCALSTACK_USER",
        "LOCALSTACK_INIT_LOG_LEVEL",
        "LOCALSTACK_POST_INVOKE_WAIT_MS",
        "LOCALSTACK_MAX_PAYLOAD_SIZE",
        "LOCALSTACK_CHMOD_PATHS",
        # For AWS's runtime interface emulator.
        "AWS_LAMBDA_FUNCTION_TIMEOUT",
    }
)


def import_path(version: str, layers: Sequence[Path]) -> list[str]:
    """Where layers may hold Python code, the last layer first as it overlays the others.

    Args:
        version: of Python, e.g. `3.13`.
        layers: directories with the unpacked layers, in the function's order.
    """
    folders = [
        layer / folder
        for layer in reversed(layers)
        for folder in ("python", f"python/lib/python{version}/site-packages")
    ]
    return [str(folder) for folder in folders if folder.is_dir()]


def child_environ(
    given: Mapping[str, object],
    *,
    interpreter: Interpreter,
    code: Path,
    layers: Sequence[Path],
    runtime_dir: Path,
    private: Path,
    bytecode: Path | None,
) -> dict[str, str]:
    """The whole environment of the function's process, but for AWS_LAMBDA_RUNTIME_API.

    Args:
        given: LocalStack's variables, the function's own included; values may be numbers.
        interpreter: the one the process runs on.
        code: the unpacked deployment package.
        layers: the unpacked layers.
        runtime_dir: stands for /var/runtime.
        private: a directory of this execution environment's own.
        bytecode: where compiled bytecode is kept, or None to keep none.
    """
    variables = {
        name: str(value) for name, value in given.items() if name not in _NOT_FOR_FUNCTIONS
    }
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.pathsep.join(
            [str(interpreter.executable.parent), "/usr/local/bin", "/usr/bin", "/bin"]
            + [str(layer / "bin") for layer in reversed(layers)]
        ),
        "LD_LIBRARY_PATH": os.pathsep.join(
            map(str, [interpreter.prefix / "lib", code, code / "lib"])
        )
        + "".join(f"{os.pathsep}{layer / 'lib'}" for layer in reversed(layers)),
        "PYTHONPATH": str(runtime_dir),
        # Each Lambda environment has a /tmp of its own. Mounting one takes privileges; this
        # much reaches everything that asks Python's tempfile.
        "TMPDIR": str(private / "tmp"),
    }
    reserved = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{interpreter.version}",
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": str(runtime_dir),
        # A directory without ~/.aws: the developer's own profiles must not reach the function.
        "HOME": str(private / "home"),
        # Lambda's task root is read-only, so nothing compiled there is ever found again.
        **(
            {"PYTHONDONTWRITEBYTECODE": "1"}
            if bytecode is None
            else {"PYTHONPYCACHEPREFIX": str(bytecode)}
        ),
    }
    return {**defaults, **variables, **reserved}
