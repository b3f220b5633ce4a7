"""The Lua scripts of the protocol."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

from chalicelib.queue.scripts.execute import execute

if TYPE_CHECKING:
    from redis import Redis
    from redis.cluster import RedisCluster

_FOLDER = Path(__file__).parent
# The files between the prelude and a script.
_SHARED = {
    "discard": ("log_removal",),
    "erase": ("check_shards", "log_removal"),
    "erase_jobs": ("check_shards", "log_removal"),
    "lane_contents": ("check_shards",),
}
_ABSENT = ":absent"
# Lets a script run when Redis is at maxmemory, because a full store must not stop the drains that
# empty it. A script with this line may also not touch a second slot of a cluster; none does.
_ALLOW_OOM = "#!lua flags=allow-oom"


class Script:
    """A Lua script: the prelude, what it shares with some other scripts, and ``<name>.lua``.

    Args:
        name: the name of the file, without its suffix.
        adds_jobs: whether Redis refuses the script at maxmemory, because it stores new jobs.
    """

    def __init__(self, name: str, *, adds_jobs: bool = False) -> None:
        self._name = name
        self._adds_jobs = adds_jobs

    @cached_property
    def text(self) -> str:
        """The whole script. Its files are read now, because most processes use few scripts."""
        files = ("prelude", *_SHARED.get(self._name, ()), self._name)
        parts = [(_FOLDER / f"{file}.lua").read_text() for file in files]
        return "\n".join(parts if self._adds_jobs else (_ALLOW_OOM, *parts))

    @cached_property
    def digest(self) -> str:
        """The name of the script in Redis."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def run(
        self, redis: Redis | RedisCluster, ring: str, prefix: str, *arguments: bytes | str | float
    ) -> Any:
        """Run the script in one round trip, on the node that holds the key ``ring``.

        The script is called by its digest. If the server does not know the digest, for instance
        after a restart, a second round trip sends the text, which the server then keeps.

        Args:
            redis: a client of the server or the cluster.
            ring: the ring of the lanes, which becomes ``KEYS[1]``.
            prefix: the key prefix, which becomes ``ARGV[1]``. The key with the suffix ``:absent``
                becomes ``KEYS[2]`` and never exists, so that no script runs in a slot whose keys
                are being moved (see ``prelude.lua``).
            arguments: these become the further ``ARGV``.
        """
        call = 2, ring, prefix + _ABSENT, prefix, *arguments
        try:
            return execute(redis, "EVALSHA", self.digest, *call)
        except NoScriptError:
            return execute(redis, "EVAL", self.text, *call)


ACCEPT = Script("accept", adds_jobs=True)
CLAIM = Script("claim")
SETTLE = Script("settle")
GATE = Script("gate")
RENEW = Script("renew")
POSITION = Script("position")
LANE_CONTENTS = Script("lane_contents")
REDRIVE = Script("redrive")
DISCARD = Script("discard")
ERASE = Script("erase")
ERASE_JOBS = Script("erase_jobs")
REPLACE_DRAIN = Script("replace_drain")
COUNT = Script("count")
REQUEST_DRAIN = Script("request_drain")
READ_LOGS = Script("read_logs")
TRIM_LOGS = Script("trim_logs")
RECONCILE_LANES = Script("reconcile_lanes")
RECONCILE_JOBS = Script("reconcile_jobs")
