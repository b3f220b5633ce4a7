"""Start, recognise and stop the processes of the servers."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from infrastructure.local.stack.state import Record

# The environment variable that marks each server with the directory of its stack. It finds servers
# whose record was lost.
MARK = "HIRELANE_STACK_PROCESS"

POLL_SECONDS = 0.01
PAUSE_SECONDS = 5.0

# The servers that this process started. Without these handles it could not collect their exit
# codes, and they would remain as zombies.
_started: list[subprocess.Popen[bytes]] = []


def start(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, log: Path
) -> psutil.Process:
    """Start a server that survives this process and its terminal, and writes to the log."""
    with log.open("ab") as output:
        handle = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,  # only the owner may read the files of a server
        )
    _started.append(handle)
    return psutil.Process(handle.pid)


def birth(process: psutil.Process) -> str:
    """Return when the process started, in a form that stays the same while it runs.

    Raises:
        psutil.NoSuchProcess: The process has ended.
    """
    if not psutil.LINUX:
        return str(process.create_time())
    # Not the time of day, because psutil computes it from the present clock, which jumps when it is
    # set or when a virtual machine was paused. This is the start in clock ticks since boot.
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(process.pid) from None
    return f"{boot}/{fields[19]}"


def find(record: Record | None) -> psutil.Process | None:
    """Return the recorded process, if it still runs and its pid was not reused."""
    if record is None or record.pid is None:
        return None
    _collect()
    try:
        process = psutil.Process(record.pid)
        if birth(process) != record.birth:
            return None
        return process if is_alive(process) else None
    except psutil.NoSuchProcess:
        return None


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process runs; a zombie does not."""
    _collect()
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            # The main thread of a killed process can be gone while other threads still hold its
            # port and files.
            return process.num_threads() > 1
        return process.is_running()
    except psutil.NoSuchProcess:
        return False


def is_paused(process: psutil.Process) -> bool:
    """Return whether the process is stopped by SIGSTOP."""
    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def tree(process: psutil.Process) -> list[psutil.Process]:
    """Return the process and all its descendants."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def strays(directory: Path, known: Iterable[psutil.Process] = ()) -> list[psutil.Process]:
    """Return the processes of the stack in this directory that are not known.

    They are servers whose record was lost, and functions that survived a LocalStack killed with
    SIGKILL, which are recognised by their home directory.
    """
    pids = {process.pid for process in known}
    prefix = f"{directory}{os.sep}"
    found = []
    for process in psutil.process_iter():
        if process.pid in pids or process.pid == os.getpid():
            continue
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        marked = environment.get(MARK) == str(directory)
        if marked or (
            "LAMBDA_TASK_ROOT" in environment and environment.get("HOME", "").startswith(prefix)
        ):
            found.append(process)
    return found


def stop(process: psutil.Process, patience: float) -> None:
    """Stop the process and its descendants; kill them after `patience` seconds."""
    everything = tree(process)
    send(process, signal.SIGTERM)
    # A paused process receives the signal only when it continues.
    resume(process)
    wait([process], patience)
    kill(everything)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill the processes that still run, and wait until they are gone."""
    remaining = [process for process in processes if is_alive(process)]
    for process in remaining:
        send(process, signal.SIGKILL)
    wait(remaining, 10)


def wait(processes: Iterable[psutil.Process], seconds: float) -> None:
    """Wait until all processes have ended, but not longer than `seconds`.

    A zombie counts as ended, because the init process of a container can take a second to
    collect it.
    """
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal; psutil first checks that the pid was not reused."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def pause(process: psutil.Process) -> None:
    """Stop a process for now, and wait until it has stopped: a busy machine takes a moment."""
    send(process, signal.SIGSTOP)
    ends = time.monotonic() + PAUSE_SECONDS
    while is_alive(process) and not is_paused(process) and time.monotonic() < ends:
        time.sleep(POLL_SECONDS)


def resume(process: psutil.Process) -> None:
    """Let a paused process continue."""
    send(process, signal.SIGCONT)


def _collect() -> None:
    _started[:] = [handle for handle in _started if handle.poll() is None]
