"""The addresses of a running stack."""

from dataclasses import dataclass

REGION = "us-east-1"

# The id of the REST API, so that its address is the same after each start of LocalStack, which
# would otherwise choose a random one. Links in e-mails contain the address.
API_ID = "hirelane"

# directConnection: the one server is no replica set. A client that takes it for one forgets it when
# it answers without the name of the set.
# retryWrites: SecantusDB remembers the retryable writes of 30 minutes, at most 10,000, and looks
# through all of them twice at each write. With 10,000, a write takes 15 ms of processor time
# instead of 1 ms.
MONGODB_OPTIONS = "directConnection=true&retryWrites=false"

_URLS = {
    "valkey": "redis://127.0.0.1:{port}/0",
    "mongodb": f"mongodb://127.0.0.1:{{port}}/hirelane?{MONGODB_OPTIONS}",
    "localstack": "http://127.0.0.1:{port}",
}


def endpoint(service: str, port: int) -> str:
    """Return the URL of a server that listens on a port of 127.0.0.1."""
    return _URLS[service].format(port=port)


def aws_environment(endpoint_url: str) -> dict[str, str]:
    """Return variables that send AWS clients to LocalStack, and never to a real account."""
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
    """The URLs of the three servers of a stack."""

    redis_url: str
    mongodb_uri: str
    aws_endpoint_url: str

    @classmethod
    def at(cls, *, valkey: int, mongodb: int, localstack: int) -> "Endpoints":
        """Return the endpoints of servers that listen on these ports of 127.0.0.1."""
        return cls(
            redis_url=endpoint("valkey", valkey),
            mongodb_uri=endpoint("mongodb", mongodb),
            aws_endpoint_url=endpoint("localstack", localstack),
        )

    @property
    def api_url(self) -> str:
        """The base URL of the API once it is deployed, without a slash at its end."""
        return f"{self.aws_endpoint_url}/_aws/execute-api/{API_ID}/api"

    def aws_environment(self) -> dict[str, str]:
        """Return variables that send AWS clients to LocalStack, and never to a real account."""
        return aws_environment(self.aws_endpoint_url)

    def environment(self) -> dict[str, str]:
        """Return all variables that let programs reach the stack."""
        return {
            **self.aws_environment(),
            "REDIS_URL": self.redis_url,
            "MONGODB_URI": self.mongodb_uri,
        }
