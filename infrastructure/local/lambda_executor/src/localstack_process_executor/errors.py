"""The errors of the set-up; `faults` has the errors of functions.

    ProcessExecutorError
    +-- SettingsError              a LAMBDA_PROCESS_* variable has an impossible value
    +-- UnsupportedFunctionError   not a zip package for a Python runtime
    +-- InterpreterNotFoundError   no interpreter of the runtime's version runs here
    +-- RuntimeDirectoryError      no usable awslambdaric for that interpreter

LocalStack shows the text of an error as the `StateReason` of a function whose creation
failed, so each text says what the user can do.
"""


class ProcessExecutorError(Exception):
    """The base of all errors of this package."""


class SettingsError(ProcessExecutorError):
    """A setting has an invalid value."""


class UnsupportedFunctionError(ProcessExecutorError):
    """The function needs something that a plain Python process cannot provide."""


class InterpreterNotFoundError(ProcessExecutorError):
    """No interpreter of the required version runs on this machine."""


class RuntimeDirectoryError(ProcessExecutorError):
    """`awslambdaric` is missing, or was built for another Python."""
