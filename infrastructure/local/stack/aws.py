"""AWS clients of a stack's LocalStack."""

import boto3
from botocore.config import Config

from infrastructure.local.stack.endpoints import REGION

# The names of all AWS resources of Hirelane begin with it.
PREFIX = "hirelane-"

# LocalStack is on this machine, where a proxy cannot reach it.
DIRECT = Config(proxies={})

# A request that takes longer has failed, because LocalStack is near.
QUICK = DIRECT.merge(Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}))


def session() -> boto3.Session:
    """Return a session with made-up credentials, independent of the user's AWS settings."""
    return boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - LocalStack accepts any
        region_name=REGION,
    )
