"""Where a running stack is reached."""

from dataclasses import dataclass

REGION = "us-east-1"


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
            redis_url=f"redis://127.0.0.1:{valkey}/0",
            mongodb_uri=f"mongodb://127.0.0.1:{mongodb}/hirelane",
            aws_endpoint_url=f"http://127.0.0.1:{localstack}",
        )

    def aws_environment(self) -> dict[str, str]:
        """Variables that send AWS clients to LocalStack, and keep a real account out of reach."""
        return {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def environment(self) -> dict[str, str]:
        """All variables with which programs reach the stack."""
        return {
            **self.aws_environment(),
            "REDIS_URL": self.redis_url,
            "MONGODB_URI": self.mongodb_uri,
        }
