"""AWS clients of the services that a deployment uses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infrastructure.local.stack.aws import DIRECT, session
from infrastructure.local.stack.endpoints import Endpoints

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ses import SESClient


@dataclass(frozen=True)
class Clients:
    """One client for each service."""

    lambda_: "LambdaClient"
    secrets: "SecretsManagerClient"
    ses: "SESClient"
    apigateway: Any
    events: Any
    iam: Any
    logs: Any
    s3: Any
    sns: Any

    @classmethod
    def of(cls, endpoints: Endpoints) -> "Clients":
        """Return clients of the LocalStack at these endpoints."""
        source = session()
        url = endpoints.aws_endpoint_url
        return cls(
            lambda_=source.client("lambda", endpoint_url=url, config=DIRECT),
            secrets=source.client("secretsmanager", endpoint_url=url, config=DIRECT),
            ses=source.client("ses", endpoint_url=url, config=DIRECT),
            apigateway=source.client("apigateway", endpoint_url=url, config=DIRECT),
            events=source.client("events", endpoint_url=url, config=DIRECT),
            iam=source.client("iam", endpoint_url=url, config=DIRECT),
            logs=source.client("logs", endpoint_url=url, config=DIRECT),
            s3=source.client("s3", endpoint_url=url, config=DIRECT),
            sns=source.client("sns", endpoint_url=url, config=DIRECT),
        )
