"""The first code that the function's process runs; it then runs AWS's runtime interface client.

The command is `python -s -S child_main.py`. The interpreter is that of the function's runtime,
which may be older than the one this package needs: keep this file simple, and import little,
because each import makes a cold start slower.

`-S` hides the site-packages of the interpreter, so that the function can import only its own code,
its layers and the runtime directory (which is in PYTHONPATH, as on Lambda).
"""

from __future__ import annotations

import os
import sys

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000  # of unshare(2)
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 0x20, 0x1000, 0x4000, 0x40000  # of mount(2)
# Flags of a mount that a remount in a user namespace must keep: nosuid, nodev, noexec, noatime.
_KEPT = 2 | 4 | 8 | 1024 | 2048

# What /var/runtime/bootstrap does with a wrapper script on Lambda.
_WRAP = """
[ -f "$1" ] || { echo "$1: does not exist"; exit 127; }
[ -x "$1" ] || { echo "$1: is not an executable"; exit 126; }
exec "$@"
"""


class Kernel:
    """The system calls for mounts, which Python's standard library lacks."""

    def __init__(self) -> None:
        import ctypes

        self._ctypes = ctypes
        self._libc = ctypes.CDLL(None, use_errno=True)

    def unshare(self, flags: int) -> None:
        """Leave the namespaces that other processes share."""
        self._check(self._libc.unshare(flags), "unshare")

    def mount(self, source: str, target: str, kind: str, flags: int, data: str = "") -> None:
        """Mount a file system."""
        words = [word.encode() if word else None for word in (source, target, kind, data)]
        wide = self._ctypes.c_ulong(flags)
        self._check(self._libc.mount(words[0], words[1], words[2], wide, words[3]), target)

    def bind(self, source: str, target: str) -> None:
        """Show a file or directory at another path, too."""
        self.mount(source, target, "", _BIND | _RECURSIVE)

    def _check(self, result: int, what: str) -> None:
        if result != 0:
            code = self._ctypes.get_errno()
            raise OSError(code, os.strerror(code), what)


def enter(root: str, binds: list[tuple[str, str, bool]], hidden: list[str]) -> None:
    """Give this process the file system of a Lambda environment, and no other process.

    Args:
        root: An empty directory for the new root.
        binds: Triples of a directory of this machine, its path in the new root, and whether the
            process may write to it.
        hidden: The paths of this machine that the new root does not have.

    Raises:
        OSError: The system does not allow it.
    """
    kernel = Kernel()
    try:
        # Root can do without a user namespace.
        kernel.unshare(_NEW_MOUNTS)
    except OSError:
        user, group = os.getuid(), os.getgid()
        kernel.unshare(_NEW_MOUNTS | _NEW_USER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    kernel.mount("", "/", "", _PRIVATE | _RECURSIVE)
    kernel.mount("tmpfs", root, "tmpfs", 0, "mode=755")
    _show(kernel, "/", root, hidden)
    for source, path, writable in binds:
        target = root + path
        os.makedirs(target, exist_ok=True)
        kernel.bind(source, target)
        if not writable:
            kept = os.statvfs(target).f_flag & _KEPT
            kernel.mount("", target, "", _REMOUNT | _BIND | _READ_ONLY | kept)
    os.chroot(root)


def _show(kernel: Kernel, folder: str, root: str, hidden: list[str]) -> None:
    """Show the entries of a directory of this machine in the new root, except hidden ones."""
    for name in os.listdir(folder):
        source = os.path.join(folder, name)
        target = root + source
        if source in hidden:
            continue
        if os.path.islink(source):
            os.symlink(os.readlink(source), target)
        elif any(path.startswith(source + "/") for path in hidden):
            os.mkdir(target)
            _show(kernel, source, root, hidden)
        elif os.path.isdir(source):
            os.mkdir(target)
            kernel.bind(source, target)
        elif os.path.isfile(source):
            _write(target, "")
            kernel.bind(source, target)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def main() -> None:
    """Set the file system and the import path as Lambda does, then handle invocations."""
    take = os.environ.pop
    # The directory of this file, whose modules have the names of others.
    del sys.path[0]
    if view := take("LAMBDA_PROCESS_VIEW", ""):
        import json

        enter(**json.loads(view))
        os.chdir(os.environ["LAMBDA_TASK_ROOT"])
        # It holds what was found, or not found, at the paths before.
        sys.path_importer_cache.clear()
    if "_HANDLER" not in os.environ:  # the executor only tries whether the system allows it
        return
    if wrapper := take("LAMBDA_PROCESS_WRAPPER", ""):
        # Wrapper scripts insert options of the interpreter before the last argument, the script.
        again = [sys.executable, "-s", "-S", os.path.abspath(__file__)]
        os.execv("/bin/sh", ["sh", "-c", _WRAP, "sh", wrapper, *again])  # noqa: S606 - a fixed program
    directories = filter(None, take("LAMBDA_PROCESS_IMPORT_PATH", "").split(os.pathsep))
    sys.path[0:0] = [os.environ["LAMBDA_TASK_ROOT"], *directories]
    # `-S` also removes exit() and help(), which functions on Lambda have.
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()
    # The client then writes log records as frames, see output.py. Programs that the function runs
    # do not inherit the duplicate.
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))

    from awslambdaric.__main__ import main as serve

    # A wrapper script may have replaced the handler.
    serve([sys.argv[0], os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
