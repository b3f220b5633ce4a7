"""Each failure of the demo is reported in one sentence that says what to do."""

from __future__ import annotations

import pytest
from pymongo.errors import ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError

from infrastructure.cli.main import main
from infrastructure.local.demo import run
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.run import failure
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack import StackError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DemoError("It is so: see `make logs`."), "It is so: see `make logs`."),
        (
            StackError("valkey ended while starting; its log is here\n    a line of it\n    two"),
            "valkey ended while starting; its log is here",
        ),
        (
            DeployError("    a traceback\n`chalice deploy` of api failed; see there"),
            "`chalice deploy` of api failed; see there",
        ),
        (DeployError("LocalStack refused"), "LocalStack refused: see `make status`."),
        (
            ServerSelectionTimeoutError("host, port and\nmore"),
            "MongoDB failed (ServerSelectionTimeoutError): see `make status`, then run it again.",
        ),
        (
            RedisConnectionError("host and port"),
            "Redis failed (ConnectionError): see `make status`, then run it again.",
        ),
        (
            KeyError("posting"),
            "The demo failed unexpectedly (KeyError 'posting'): see `make status` and `make logs`.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_error_is_one_sentence(error: Exception, sentence: str) -> None:
    assert failure(error) == sentence


@pytest.mark.parametrize(
    ("raised", "code", "stderr"),
    [
        (DemoError("No: see `make logs`."), 1, "No: see `make logs`.\n"),
        (
            KeyboardInterrupt(),
            130,
            "Stopped. The servers still run: `make down` stops them.\n",
        ),
    ],
    ids=["error", "interrupt"],
)
def test_failure_sets_the_exit_code(
    raised: BaseException,
    code: int,
    stderr: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(stack: object) -> None:
        raise raised

    monkeypatch.setattr(run, "run_demo", fail)
    assert main(["demo"]) == code
    assert capsys.readouterr() == ("", stderr)
