"""What can be wrong with the set-up, as opposed to with a function (see `faults`).

    ProcessExecutorError
    +-- SettingsError              a LAMBDA_PROCESS_* variable has an impossible value
    +-- UnsupportedFunctionError   not a zip package for a Python runtime
    +-- InterpreterNotFoundError   no interpreter of the runtime's version runs here
    +-- RuntimeDirectoryError      no usable awslambdaric for that interpreter

LocalStack shows the text of these as the `StateReason` of a function whose creation
failed, so each text says what to do about it.
"""


class ProcessExecutorError(Exception):
    """Base of every error this package raises on purpose."""


class SettingsError(ProcessExecutorError):
    """A setting cannot be understood."""


class UnsupportedFunctionError(ProcessExecutorError):
    """The function needs something a plain Python process cannot give."""


class InterpreterNotFoundError(ProcessExecutorError):
    """No interpreter of the wanted version runs on this machine."""


class RuntimeDirectoryError(ProcessExecutorError):
    """`awslambdaric` is missing, or was built for another Python."""
