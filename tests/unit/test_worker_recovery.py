"""A worker that cannot reach Redis at all reports it, and reads its settings again."""

from __future__ import annotations

from functools import partial

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.worker import Worker
from chalicelib.queue import Shards
from tests.support.lambda_context import LambdaContext
from tests.support.lanes import FunctionHandler


@pytest.mark.parametrize("function", ["drain", "sweep"])
def test_worker_without_redis_counts_it(function: str, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Shards:
        raise RedisConnectionError("refused")

    asked = []

    class Recovery:
        def on_outage(self) -> None:
            asked.append(True)

    parts = Container("mail")
    parts.override(recovery=Recovery())
    worker = Worker(parts, "mail", lambda: FunctionHandler(lambda jobs: []), "mailed", lanes=fail)
    run = partial(worker.drain, {}) if function == "drain" else worker.sweep
    with pytest.raises(RedisConnectionError):
        run(LambdaContext())
    assert asked == [True]
    assert '"drain_interrupted":[1' in capsys.readouterr().out
