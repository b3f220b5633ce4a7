"""The settings, which are environment variables of LocalStack."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .errors import SettingsError

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class Settings:
    """The values of the LAMBDA_PROCESS_* variables; the README lists them."""

    runtime_dir: str | None = None
    """The directory that replaces /var/runtime; `{version}` becomes `3.13`, for instance."""

    pythons: Mapping[str, str] = field(default_factory=dict)
    """The interpreters that the user named, by version: {"3.13": "/path/to/python"}."""

    memory_limit: bool = True
    """Whether a function that exceeds its memory size is killed, as on Lambda."""

    address_space_headroom_mb: int = 4096
    """The address space beyond the memory size, in MiB; 0 means no limit."""

    bytecode_cache: bool = False
    """Whether cold starts reuse compiled bytecode, which they do not on Lambda."""

    simultaneous_inits: int = field(default_factory=lambda: os.cpu_count() or 1)
    """The number of environments that may be initialised at the same time; 0 means no limit."""

    freeze: bool = False
    """Whether processes are paused between invocations, as Lambda freezes them."""

    mounts: bool = True
    """Whether functions get Lambda's paths, in a mount namespace, where the system allows it."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings.

        Raises:
            SettingsError: A value is not a switch, or not a number, where one is expected.
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
            simultaneous_inits=_number(
                environ, "LAMBDA_PROCESS_SIMULTANEOUS_INITS", default=os.cpu_count() or 1
            ),
            mounts=_switch(environ, "LAMBDA_PROCESS_MOUNTS", default=True),
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
