"""The environment variables and the import path of a function.

Source of the names: AWS Lambda Developer Guide, "Working with Lambda environment variables". The
process does not inherit LocalStack's own environment. It gets the variables that LocalStack passes
for the function (`ExecutionEnvironment.get_environment_variables`), and those added here.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .interpreters import Interpreter

_NOT_FOR_FUNCTIONS = frozenset(
    {
        # For LocalStack's init binary inside its containers.
        *(
            f"{host}_{name}"
            for host in ("LOCALSTACK", "LOCALEMU")
            for name in (
                "RUNTIME_ID",
                "RUNTIME_ENDPOINT",
                "FUNCTION_ACCOUNT_ID",
                "USER",
                "INIT_LOG_LEVEL",
                "POST_INVOKE_WAIT_MS",
                "MAX_PAYLOAD_SIZE",
                "CHMOD_PATHS",
            )
        ),
        # For AWS's runtime interface emulator.
        "AWS_LAMBDA_FUNCTION_TIMEOUT",
    }
)


def import_path(version: str, layers: Sequence[Path]) -> list[str]:
    """Return the directories of Python code in the layers; the last layer comes first.

    Args:
        version: The version of Python, for instance `3.13`.
        layers: The directories of the unpacked layers, in the order of the function.
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
    """Return all variables of the function's process, except AWS_LAMBDA_RUNTIME_API.

    Args:
        given: The variables from LocalStack, with those of the function; values may be numbers.
        interpreter: The interpreter of the process.
        code: The unpacked deployment package.
        layers: The unpacked layers.
        runtime_dir: The directory that replaces /var/runtime.
        private: A directory for this execution environment only.
        bytecode: The directory for compiled bytecode, or None to store no bytecode.
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
        # Each Lambda environment has its own /tmp. Mounting one needs privileges; this variable
        # is enough for code that uses Python's tempfile.
        "TMPDIR": str(private / "tmp"),
    }
    reserved = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{interpreter.version}",
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": str(runtime_dir),
        # A directory without ~/.aws, because the function must not read the developer's profiles.
        "HOME": str(private / "home"),
        # Lambda's task root is read-only, so bytecode is never stored there.
        **(
            {"PYTHONDONTWRITEBYTECODE": "1"}
            if bytecode is None
            else {"PYTHONPYCACHEPREFIX": str(bytecode)}
        ),
    }
    return {**defaults, **variables, **reserved}
