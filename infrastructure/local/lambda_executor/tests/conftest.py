"""Fixtures: one LocalStack for the session, and functions that are deleted after their test."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

# The modules that do not need LocalStack are tested in the environment that runs the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parent))

from localstack_harness import Deploy, Function, LocalStack, deploy_to, running_localstack


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running_localstack(tmp_path_factory.mktemp("localstack")) as stack:
        yield stack


@pytest.fixture
def deploy(localstack: LocalStack) -> Iterator[Deploy]:
    """Deploys functions, and deletes them after the test."""
    deployed: list[Function] = []

    def create(code: str, **options: Any) -> Function:
        deployed.append(deploy_to(localstack, code, **options))
        return deployed[-1]

    yield create
    for function in deployed:
        # LocalStack cannot delete a function whose creation failed, nor one that is gone.
        with contextlib.suppress(ClientError):
            localstack.client.delete_function(FunctionName=function.name)
