"""The account, or the LocalStack, to which a stage is deployed."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.aws.stages import DeploymentStage, for_localstack
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack.aws import DIRECT, session
from infrastructure.local.stack.endpoints import Endpoints

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """Where a deployment stage is.

    Args:
        stage: The deployment stage.
        endpoints: The servers of the local stack; None for AWS.
    """

    stage: DeploymentStage
    endpoints: Endpoints | None = None

    @classmethod
    def from_environment(cls, stage: DeploymentStage) -> "Target":
        """Return the target that the environment names.

        With ``AWS_ENDPOINT_URL`` it is a LocalStack; then ``REDIS_URL`` and ``MONGODB_URI`` name
        its stores, as `make env` prints them.

        Raises:
            DeployError: One of these variables is missing.
        """
        names = ("REDIS_URL", "MONGODB_URI", "AWS_ENDPOINT_URL")
        urls = {name: os.environ.get(name, "") for name in names}
        if not urls["AWS_ENDPOINT_URL"]:
            return cls(stage)
        if missing := [name for name, url in urls.items() if not url]:
            raise DeployError(
                f"AWS_ENDPOINT_URL is set, but {' and '.join(missing)} are not:"
                ' run `eval "$(make -s env)"`, or use --localstack.'
            )
        return cls.localstack(stage, Endpoints(*urls.values()))

    @classmethod
    def localstack(cls, stage: DeploymentStage, endpoints: Endpoints) -> "Target":
        """Return a stage on the servers of a local stack."""
        machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
        return cls(for_localstack(stage, machine), endpoints)

    @property
    def is_localstack(self) -> bool:
        """Whether it is a LocalStack."""
        return self.endpoints is not None

    @cached_property
    def region(self) -> str:
        """The AWS region."""
        region = session().region_name if self.is_localstack else self.stage.file.region
        assert region is not None  # noqa: S101 - for the type checker
        return region

    def client(self, service: str) -> Any:
        """Return a client of an AWS service."""
        if self.endpoints is None:
            config = Config(retries={"mode": "standard", "total_max_attempts": 5})
            source: Any = boto3.Session(region_name=self.region)
            return source.client(service, config=config)
        source = session()
        return source.client(service, endpoint_url=self.endpoints.aws_endpoint_url, config=DIRECT)

    @property
    def identity(self) -> tuple[str, str]:
        """The partition and the id of the account; raises as ``caller`` does."""
        words = self.caller.split(":")
        return words[1], words[4]

    @cached_property
    def caller(self) -> str:
        """The ARN of the identity that deploys.

        Raises:
            DeployError: There are no valid credentials.
        """
        try:
            answer = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise DeployError(
                f"AWS does not accept the credentials of this shell ({error}): set AWS_PROFILE."
            ) from error
        return str(answer["Arn"])

    @property
    def artifacts(self) -> str:
        """The name of the bucket with packages and templates."""
        return f"hirelane-artifacts-{self.identity[1]}-{self.region}"

    def object_url(self, key: str) -> str:
        """Return the URL of an object in the bucket of artifacts, for CloudFormation."""
        if self.endpoints is not None:
            return f"{self.endpoints.aws_endpoint_url}/{self.artifacts}/{key}"
        suffix = "amazonaws.com.cn" if self.identity[0] == "aws-cn" else "amazonaws.com"
        return f"https://{self.artifacts}.s3.{self.region}.{suffix}/{key}"

    def describe(self) -> str:
        """Return in words where the stage is."""
        if self.endpoints is not None:
            return f"LocalStack at {urlsplit(self.endpoints.aws_endpoint_url).netloc}"
        return f"account {self.identity[1]} in {self.region}"
