"""Starting, recognising and stopping the servers' processes."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from infrastructure.local.stack.state import Record

# Marks every server with the directory of its stack, so that one whose record was lost is found.
MARK = "HIRELANE_STACK_PROCESS"

POLL_SECONDS = 0.01

# Keeps the handles of servers started by this process: without them it could not collect their
# exit codes, and they would stay behind as zombies.
_started: list[subprocess.Popen[bytes]] = []


def start(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, log: Path
) -> psutil.Process:
    """Starts a server that outlives this process and its terminal; its output goes to the log."""
    with log.open("ab") as output:
        handle = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(handle)
    return psutil.Process(handle.pid)


def birth(process: psutil.Process) -> str:
    """When the process started, in a form that stays the same while it runs.

    Raises:
        psutil.NoSuchProcess: it has ended.

    """
    if not psutil.LINUX:
        return str(process.create_time())
    # Not the time of day: that is computed from the present clock, which is set now and then and
    # jumps when a virtual machine is paused. This is the start in ticks since the machine's.
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(process.pid) from None
    return f"{boot}/{fields[19]}"


def find(record: Record | None) -> psutil.Process | None:
    """The recorded process, if it still runs and its pid has not passed to another."""
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
    """Whether it runs; one that only waits for its parent to notice its end does not."""
    _collect()
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            # The first thread of a killed process can be gone while others still end and hold its
            # port and files.
            return process.num_threads() > 1
        return process.is_running()
    except psutil.NoSuchProcess:
        return False


def is_paused(process: psutil.Process) -> bool:
    """Whether SIGSTOP holds it."""
    try:
        return process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def tree(process: psutil.Process) -> list[psutil.Process]:
    """The process and all that it started, directly or not."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def strays(directory: Path, known: Iterable[psutil.Process] = ()) -> list[psutil.Process]:
    """Processes of the stack in the directory beside the known ones.

    They are servers whose record was lost, and functions that outlived a LocalStack killed with
    SIGKILL (recognised by where their code lies).
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
        if marked or environment.get("LAMBDA_TASK_ROOT", "").startswith(prefix):
            found.append(process)
    return found


def stop(process: psutil.Process, patience: float) -> None:
    """Ends the process and all that it started, by force after `patience` seconds."""
    everything = tree(process)
    send(process, signal.SIGTERM)
    # A paused process takes the signal only once it goes on.
    resume(process)
    wait([process], patience)
    kill(everything)


def kill(doomed: Iterable[psutil.Process]) -> None:
    """Kills those that still run and waits until they are gone."""
    remaining = [process for process in doomed if is_alive(process)]
    for process in remaining:
        send(process, signal.SIGKILL)
    wait(remaining, 10)


def wait(processes: Iterable[psutil.Process], seconds: float) -> None:
    """Waits until all of them ended, or so many seconds have passed.

    An ended process that its parent has yet to notice counts as gone: a container's first process
    can take a second over that.
    """
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Sends a signal; psutil first makes sure that the pid has not passed to another process."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def resume(process: psutil.Process) -> None:
    """Lets a paused process go on."""
    send(process, signal.SIGCONT)


def _collect() -> None:
    _started[:] = [handle for handle in _started if handle.poll() is None]
