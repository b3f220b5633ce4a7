"""The environment variables of a function.

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


def child_environ(
    given: Mapping[str, object],
    *,
    handler: str,
    interpreter: Interpreter,
    code: Path,
    layers: Sequence[Path],
    runtime_dir: Path,
    private: Path,
    tmp: Path,
    bytecode: Path | None,
) -> dict[str, str]:
    """Return all variables of the function's process, except AWS_LAMBDA_RUNTIME_API.

    Args:
        given: The variables from LocalStack, with those of the function; values may be numbers.
        handler: The handler of the function.
        interpreter: The interpreter of the process.
        code: The unpacked deployment package.
        layers: The unpacked layers.
        runtime_dir: The directory that replaces /var/runtime.
        private: A directory for this execution environment only.
        tmp: The directory that replaces /tmp.
        bytecode: The directory for compiled bytecode, or None to store none. With a directory,
            Python ignores bytecode beside the code, which may be outdated.
    """
    variables = {
        name: str(value) for name, value in given.items() if name not in _NOT_FOR_FUNCTIONS
    }
    defaults = {
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
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
        # Where the process cannot get a /tmp of its own, this variable is enough for code that
        # uses Python's tempfile.
        "TMPDIR": str(tmp),
    }
    reserved = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{interpreter.version}",
        "_HANDLER": handler,
        "PWD": str(code),
        "SHLVL": "0",
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
    if level := variables.get("AWS_LAMBDA_LOG_LEVEL"):
        reserved["AWS_LAMBDA_LOG_LEVEL"] = level.upper()  # LocalStack writes "Trace"
    return {**defaults, **variables, **reserved}
