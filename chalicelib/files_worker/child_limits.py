"""Limits of the process that reads one file."""

from __future__ import annotations

import resource

CPU_SECONDS = 8
ADDRESS_SPACE = 352 * 1024 * 1024
OUTPUT_BYTES = 1_000_000


def apply_memory_and_time_limits(cpu_seconds: int) -> None:
    """Limit the memory and the processor time of this process, and let it write no core."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))


def forbid_files_sockets_and_processes() -> None:
    """Let this process open no further file or socket, and start no process.

    Nothing can be imported afterwards. The descriptors that are open stay: the file to read and the
    file for the answer.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
