"""What identifies the processes of an execution environment, whatever they do.

Descendants can leave the session, lose their parent and clear their environment variables. All
inherit the resource limits. On Linux, the mark is therefore the limit of file locks: since version
2.4.25 the kernel ignores it, so programs have no reason to change it, and it is unlimited
everywhere. (The size of core files is no such limit, because careful programs and many systems set
it to zero.)
"""

import contextlib
import resource
import secrets
from dataclasses import dataclass, field
from pathlib import Path

_VARIABLE = "LAMBDA_PROCESS_MARK"
_LIMIT = b"Max file locks"
_RLIMIT_LOCKS = 10  # of getrlimit(2) on every architecture; `resource` has no name for it

CAN_LIMIT = hasattr(resource, "prlimit") and (
    resource.getrlimit(_RLIMIT_LOCKS)[1] == resource.RLIM_INFINITY
)
"""Whether the limit can be set. It cannot be raised, and only Linux can limit another process."""


def _new_number() -> int:
    return 2**61 + secrets.randbits(60)


@dataclass(frozen=True)
class Mark:
    """The mark of one execution environment."""

    number: int = field(default_factory=_new_number)

    @property
    def environ(self) -> dict[str, str]:
        """The variables that mark a process; empty if the limit can be used."""
        return {} if CAN_LIMIT else {_VARIABLE: str(self.number)}

    def put_on(self, pid: int) -> None:
        """Mark a process that has just started, before it has descendants."""
        if CAN_LIMIT:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, _RLIMIT_LOCKS, (self.number, self.number))

    def is_on(self, pid: int) -> bool:
        """Return whether a process has the mark; False if it is a zombie, or of another user."""
        process = Path(f"/proc/{pid}")
        with contextlib.suppress(OSError):
            for line in (process / "limits").read_bytes().splitlines():
                if line.startswith(_LIMIT) and str(self.number).encode() in line.split():
                    return True
            wanted = f"{_VARIABLE}={self.number}".encode()
            return wanted in (process / "environ").read_bytes().split(b"\0")
        return False
