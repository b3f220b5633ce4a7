"""Deployment stages: what differs between them is in stages/<stage>.json."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from infrastructure.local.deploy.errors import DeployError

DIRECTORY = Path(__file__).parent
STAGES = DIRECTORY / "stages"
VALID_NAME = re.compile(r"[a-z][a-z0-9]{0,14}[a-z0-9]")

Values = Mapping[str, Any]
_NONE: Values = MappingProxyType({})


class StageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a file in stages/.

    Args:
        region: The AWS region.
        architecture: The processor of the functions: ``arm64`` or ``x86_64``.
        log_retention_days: Days that CloudWatch keeps the logs of functions.
        access_log_retention_days: Days that CloudWatch keeps the access log of the API.
        public_url: The URL of the web client, if it has a domain of its own; otherwise that of the
            edge, or of the API, is used.
        snap_start: Whether functions start from a snapshot of an initialized environment.
        tracing: Whether X-Ray traces requests.
        requests_per_second: How many requests API Gateway accepts; more get 429.
        request_burst: How many requests API Gateway accepts at once.
        parameters: The parameters of the templates, by part.
        environment: Environment variables by project; ``*`` stands for every project that reads
            the settings secret. They replace those of the local stage.
        functions: Settings of Chalice by function (``applications/drain``), such as
            ``reserved_concurrency`` and ``lambda_memory_size``.
    """

    region: str
    architecture: str = "arm64"
    log_retention_days: int = 30
    access_log_retention_days: int = 365
    public_url: str = ""
    snap_start: bool = False
    tracing: bool = True
    requests_per_second: int = 2000
    request_burst: int = 2000
    parameters: dict[str, dict[str, str]] = {}
    environment: dict[str, dict[str, str]] = {}
    functions: dict[str, dict[str, Any]] = {}


class DeploymentStage(msgspec.Struct, frozen=True):
    """A deployment stage: its name and its settings."""

    name: str
    file: StageFile

    def stack(self, part: str) -> str:
        """Return the name of the CloudFormation stack of a part."""
        return f"hirelane-{self.name}-{part}"

    def parameter_path(self, *names: str) -> str:
        """Return the path of values in the Parameter Store of Systems Manager."""
        return "/".join(("/hirelane", self.name, *names))

    def secret(self, name: str) -> str:
        """Return the name of a secret: ``settings`` or ``keys``."""
        return f"hirelane/{self.name}/{name}"

    @property
    def store(self) -> str:
        """The kind of the store: ``elasticache``, ``memorydb`` or ``valkey-ec2``."""
        return str(self.parameters("store").get("Store", "elasticache"))

    def parameters(self, part: str) -> Values:
        """Return the parameters of a part that the stage sets."""
        return self.file.parameters.get(part, _NONE)


def for_localstack(stage: DeploymentStage, architecture: str) -> DeploymentStage:
    """Return a stage as it is deployed to LocalStack, on the servers of the local stack.

    Its functions run on this machine, its store is one server, and its SES has no limits.

    Args:
        stage: The deployment stage.
        architecture: That of this machine.
    """
    environment = {name: dict(one) for name, one in stage.file.environment.items()}
    for variables in environment.values():
        variables.pop("HIRELANE_MAIL_RATE", None)
        # LocalStack core has no CloudFront.
        variables.pop("HIRELANE_BEHIND_CDN", None)
    parameters = {**stage.file.parameters, "store": {"Store": "valkey-ec2"}}
    changes = {
        "environment": environment,
        "parameters": parameters,
        "snap_start": False,
        "public_url": "",
        "tracing": False,
    }
    file = msgspec.structs.replace(stage.file, architecture=architecture, **changes)
    return DeploymentStage(stage.name, file)


def load_stage(name: str, directory: Path = STAGES) -> DeploymentStage:
    """Return a deployment stage.

    Raises:
        DeployError: The name or the file is invalid, or there is no such file.
    """
    if not VALID_NAME.fullmatch(name):
        raise DeployError(
            f"{name!r} is no name of a deployment stage: use 2 to 16 lower-case letters and digits."
        )
    path = directory / f"{name}.json"
    try:
        return DeploymentStage(name, msgspec.json.decode(path.read_bytes(), type=StageFile))
    except FileNotFoundError:
        known = ", ".join(sorted(other.stem for other in directory.glob("*.json")))
        raise DeployError(
            f"There is no deployment stage {name}: there are local, {known}."
            f" Copy one of the files in {directory} for a new one."
        ) from None
    except msgspec.MsgspecError as error:
        raise DeployError(f"{path}: {error}") from error
