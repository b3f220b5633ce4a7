"""The settings, all read from the environment LocalStack was started with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .errors import SettingsError

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class Settings:
    """One reading of the LAMBDA_PROCESS_* variables; the README has the table of them."""

    runtime_dir: str | None = None
    """Directory standing for /var/runtime; `{version}` in it becomes e.g. `3.13`."""

    pythons: Mapping[str, str] = field(default_factory=dict)
    """Interpreters named explicitly, by version: {"3.13": "/path/to/python"}."""

    memory_limit: bool = True
    """Whether a function that outgrows its memory size is killed, as Lambda kills it."""

    address_space_headroom_mb: int = 4096
    """Address space a process may map beyond its memory size, in MiB; 0 means no limit."""

    bytecode_cache: bool = False
    """Whether cold starts may reuse compiled bytecode, which Lambda's do not."""

    freeze: bool = False
    """Whether processes are stopped between invocations, as Lambda freezes them."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            SettingsError: a value is neither a switch nor a number where one is expected.
        """
        prefix = "LAMBDA_PROCESS_PYTHON_"
        return cls(
            runtime_dir=environ.get("LAMBDA_PROCESS_RUNTIME_DIR") or None,
            pythons={
                name.removeprefix(prefix).replace("_", "."): path
                for name, path in environ.items()
                if name.startswith(prefix) and path
            },
            memory_limit=_switch(environ, "LAMBDA_PROCESS_MEMORY_LIMIT", default=True),
            address_space_headroom_mb=_number(
                environ, "LAMBDA_PROCESS_ADDRESS_SPACE_HEADROOM_MB", default=4096
            ),
            bytecode_cache=_switch(environ, "LAMBDA_PROCESS_BYTECODE_CACHE", default=False),
            freeze=_switch(environ, "LAMBDA_PROCESS_FREEZE", default=False),
        )


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise SettingsError(f"{name} is {value!r}; it must be 1 or 0")


def _number(environ: Mapping[str, str], name: str, *, default: int) -> int:
    value = environ.get(name)
    if not value:
        return default
    if not value.isdecimal():
        raise SettingsError(f"{name} is {value!r}; it must be a whole number")
    return int(value)
