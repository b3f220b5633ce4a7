"""Talking to a stack's LocalStack."""

import boto3
from botocore.config import Config

from infrastructure.local.stack.endpoints import REGION

# Everything of Hirelane's in AWS begins with it.
PREFIX = "hirelane-"

# LocalStack is on this machine, so a proxy of the user's cannot reach it.
DIRECT = Config(proxies={})

# And near: what it does not answer soon, it does not answer.
QUICK = DIRECT.merge(Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}))


def session() -> boto3.Session:
    """A session of the made-up account; it reads nothing of the user's configuration."""
    return boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
        region_name=REGION,
    )
