"""Where a running stack is reached."""

from dataclasses import dataclass

REGION = "us-east-1"

_URLS = {
    "valkey": "redis://127.0.0.1:{port}/0",
    "mongodb": "mongodb://127.0.0.1:{port}/hirelane",
    "localstack": "http://127.0.0.1:{port}",
}


def endpoint(service: str, port: int) -> str:
    """The address of a server on this port of 127.0.0.1, in the form that clients take."""
    return _URLS[service].format(port=port)


def aws_environment(endpoint_url: str) -> dict[str, str]:
    """Variables that send AWS clients to LocalStack, and keep a real account out of reach."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@dataclass(frozen=True)
class Endpoints:
    """The addresses of a stack's three servers, in the form that clients take."""

    redis_url: str
    mongodb_uri: str
    aws_endpoint_url: str

    @classmethod
    def at(cls, *, valkey: int, mongodb: int, localstack: int) -> "Endpoints":
        """The endpoints of servers on these ports of 127.0.0.1."""
        return cls(
            redis_url=endpoint("valkey", valkey),
            mongodb_uri=endpoint("mongodb", mongodb),
            aws_endpoint_url=endpoint("localstack", localstack),
        )

    def aws_environment(self) -> dict[str, str]:
        """Variables that send AWS clients to LocalStack, and keep a real account out of reach."""
        return aws_environment(self.aws_endpoint_url)

    def environment(self) -> dict[str, str]:
        """All variables with which programs reach the stack."""
        return {
            **self.aws_environment(),
            "REDIS_URL": self.redis_url,
            "MONGODB_URI": self.mongodb_uri,
        }
