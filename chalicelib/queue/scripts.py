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


class Script:
    """A Lua script: the prelude and ``<name>.lua``.

    It is sent by digest (EVALSHA). Only when the server does not know it, after its start, is the
    text sent (EVAL), which also loads it.
    """

    def __init__(self, name: str) -> None:
        self.text = "\n".join((_FOLDER / f).read_text() for f in ("prelude.lua", f"{name}.lua"))
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


ACCEPT = Script("accept")
CLAIM = Script("claim")
SETTLE = Script("settle")
RENEW = Script("renew")
POSITION = Script("position")
REDRIVE = Script("redrive")
DISCARD = Script("discard")
MEND_LANES = Script("mend_lanes")
MEND_JOBS = Script("mend_jobs")
