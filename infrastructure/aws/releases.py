"""The versions of the functions of a stage, for each of its last deployments."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from infrastructure.aws.functions import ALIAS, all_functions
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError

# A parameter of the standard tier has at most 4 KB.
MOST_BYTES = 4000
PART = "deployments"
NAME = "Releases"


class Release(msgspec.Struct, frozen=True):
    """A deployment.

    Args:
        at: When it ended.
        versions: The version of each function (``applications/drain``).
        web: The version of the web client in its bucket; empty if the API serves it.
    """

    at: str
    versions: dict[str, str]
    web: str = ""


class Releases:
    """The last deployments of a stage, oldest first; the last one is the present one."""

    def __init__(self, target: Target) -> None:
        self._lambda = target.client("lambda")
        self._ssm = target.client("ssm")
        self._stage = target.stage
        self._path = target.stage.parameter_path(PART, NAME)

    def all(self) -> list[Release]:
        """Return the recorded deployments."""
        try:
            text = self._ssm.get_parameter(Name=self._path)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return []
        return msgspec.json.decode(text, type=list[Release])

    def live(self) -> dict[str, str]:
        """Return the versions that the aliases have; functions without an alias are left out."""
        versions = {}
        for key, function in all_functions().items():
            name = function.name_at(self._stage.name)
            try:
                alias = self._lambda.get_alias(FunctionName=name, Name=ALIAS)
            except self._lambda.exceptions.ResourceNotFoundException:
                continue
            versions[key] = alias["FunctionVersion"]
        return versions

    def record(self, web: str = "") -> Release:
        """Record the present versions as a deployment, unless they are recorded last.

        Args:
            web: The version of the web client that is published; empty if the API serves it.
        """
        releases = self.all()
        versions = self.live()
        if releases and (releases[-1].versions, releases[-1].web) == (versions, web):
            return releases[-1]
        release = Release(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", versions, web)
        self._write([*releases, release])
        return release

    def roll_back(self) -> Release | None:
        """Let every alias point to the version of the previous deployment.

        Returns:
            That deployment; None if the present one is the first, so that nothing was done.

        Raises:
            DeployError: The stage is not deployed, or an earlier version is gone.
        """
        releases = self.all()
        if not releases:
            raise DeployError(f"{self._stage.name} is not deployed: run `make deploy` first.")
        if len(releases) == 1:
            return None
        earlier = releases[-2]
        present = self.live()
        functions = all_functions()
        for key, version in earlier.versions.items():
            if key in functions and present.get(key) not in (None, version):
                self._move(functions[key].name_at(self._stage.name), version)
        self._write(releases[:-1])
        return earlier

    def forget(self) -> None:
        """Delete the records."""
        try:
            self._ssm.delete_parameter(Name=self._path)
        except self._ssm.exceptions.ParameterNotFound:
            return

    def _move(self, name: str, version: str) -> None:
        change: dict[str, Any] = {"FunctionName": name, "Name": ALIAS, "FunctionVersion": version}
        try:
            self._lambda.update_alias(**change, RoutingConfig={"AdditionalVersionWeights": {}})
        except ClientError as error:
            raise DeployError(f"{name} cannot go back to version {version}: {error}") from error

    def _write(self, releases: list[Release]) -> None:
        while len(text := json.dumps([msgspec.to_builtins(one) for one in releases])) > MOST_BYTES:
            releases = releases[1:]
        self._ssm.put_parameter(Name=self._path, Value=text, Type="String", Overwrite=True)
