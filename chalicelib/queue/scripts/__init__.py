"""The Lua scripts of the protocol, called by their digest in one round trip."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

if TYPE_CHECKING:
    from redis import Redis
    from redis.cluster import RedisCluster

_FOLDER = Path(__file__).parent
# Runs even when the store has as much memory as it may: who empties lanes must not be stopped by
# their being full. Otherwise a script that begins so differs only in that it may not touch a second
# slot of a cluster, and none here does.
_ALLOW_OOM = "#!lua flags=allow-oom"


class Script:
    """A Lua script: the prelude and ``<name>.lua``; ``fills`` says whether it takes new jobs.

    It is sent by digest (EVALSHA). Only when the server does not know it, after its start, is the
    text sent (EVAL), which also loads it.
    """

    def __init__(self, name: str, *, fills: bool = False) -> None:
        parts = [(_FOLDER / file).read_text() for file in ("prelude.lua", f"{name}.lua")]
        self.text = "\n".join(parts if fills else (_ALLOW_OOM, *parts))
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(
        self, redis: Redis | RedisCluster, ring: str, *arguments: bytes | str | float
    ) -> Any:
        """Run it on the node that holds the key ``ring``; ``arguments`` become ARGV."""
        client: Any = redis
        try:
            return client.evalsha(self.digest, 1, ring, *arguments)
        except NoScriptError:
            return client.eval(self.text, 1, ring, *arguments)


ACCEPT = Script("accept", fills=True)
CLAIM = Script("claim")
SETTLE = Script("settle")
RENEW = Script("renew")
POSITION = Script("position")
LANE = Script("lane")
REDRIVE = Script("redrive")
DISCARD = Script("discard")
MEND_LANES = Script("mend_lanes")
MEND_JOBS = Script("mend_jobs")
