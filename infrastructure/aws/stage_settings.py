"""Generate the settings of a deployment stage into the `.chalice` folder of a copy of a project.

`chalice package` and `chalice deploy --stage <stage>` both work from them. The stage `local`, which
is in the repository, says which project has which environment variables, memory and time limits.
The stage's file changes values; names that contain `local` get the name of the stage.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infrastructure.aws.functions import Function, all_functions, functions_of
from infrastructure.aws.roles import Place, network_of, policy
from infrastructure.aws.stages import DeploymentStage
from infrastructure.local.deploy.projects import Project
from infrastructure.local.stack.layout import REPOSITORY

_LOCAL = re.compile(r"(?<=[-/])local(?=[-/]|$)")
_ALLOWED_BY = "HIRELANE_SETTINGS_SECRET"


@dataclass(frozen=True)
class Network:
    """The subnets by kind (``private``, ``isolated``) and the security groups of functions."""

    subnets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    security_groups: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, function: Function) -> dict[str, list[str]]:
        """Return the settings of Chalice that put a function into its subnets."""
        kind = network_of(function)
        if not self.subnets.get(kind):
            return {}
        return {
            "subnet_ids": list(self.subnets[kind]),
            "security_group_ids": list(self.security_groups[kind]),
        }


def write_settings(
    project: Project, folder: Path, stage: DeploymentStage, place: Place, network: Network
) -> None:
    """Write config.json and the policy files of a stage into the copy of a project.

    Args:
        project: The project.
        folder: The copy; its config.json is replaced by one with the stage alone.
        stage: The deployment stage.
        place: Where it is deployed.
        network: The subnets and security groups of the functions.
    """
    chalice = folder / ".chalice"
    chalice.mkdir(parents=True, exist_ok=True)
    for old in chalice.glob("policy-*.json"):
        old.unlink()
    functions = functions_of(project)
    for function in functions:
        text = json.dumps(policy(function, place), indent=2)
        (chalice / policy_file(stage.name, function)).write_text(f"{text}\n")
    config = stage_config(project, stage, place, network)
    (chalice / "config.json").write_text(f"{json.dumps(config, indent=2)}\n")


def policy_file(stage: str, function: Function) -> str:
    """Return the name of the file with the policy of a function."""
    return f"policy-{stage}-{function.name}.json"


def stage_config(
    project: Project, stage: DeploymentStage, place: Place, network: Network
) -> dict[str, Any]:
    """Return the content of `.chalice/config.json` with a deployment stage."""
    path = REPOSITORY / project.folder / ".chalice" / "config.json"
    committed: dict[str, Any] = json.loads(path.read_text())
    local = committed["stages"]["local"]
    by_function = local.get("lambda_functions", {})
    settings = {
        **local,
        "environment_variables": environment(project, stage, place),
        "lambda_architecture": stage.file.architecture,
        "log_retention_in_days": stage.file.log_retention_days,
        "tags": {"hirelane:stage": stage.name, "hirelane:project": project.name},
        "xray": stage.file.tracing,
        "lambda_functions": {
            function.name: {
                **by_function.get(function.name, {}),
                **network.of(function),
                **stage.file.functions.get(function.key, {}),
                "iam_policy_file": policy_file(stage.name, function),
            }
            for function in functions_of(project)
        },
    }
    settings.pop("iam_policy_file", None)
    if not project.is_worker:
        settings["api_gateway_endpoint_type"] = "REGIONAL"
    return {**committed, "stages": {stage.name: settings}}


def environment(project: Project, stage: DeploymentStage, place: Place) -> dict[str, str]:
    """Return the environment variables of a project.

    They are those of the stage `local`. A value that names a function gets the alias by which the
    function is invoked.
    """
    path = REPOSITORY / project.folder / ".chalice" / "config.json"
    local = json.loads(path.read_text())["stages"]["local"]["environment_variables"]
    renamed = {function.name_at("local"): function for function in all_functions().values()}
    variables = {}
    for name, value in local.items():
        if value in renamed:
            variables[name] = place.function(renamed[value])
        elif name == "HIRELANE_FILES_BUCKET":
            variables[name] = place.bucket
        elif name == "HIRELANE_STAGE":
            variables[name] = stage.name
        else:
            variables[name] = _LOCAL.sub(stage.name, value)
    changes = stage.file.environment
    if _ALLOWED_BY in local:
        # Those of AWS are clusters; the API checks that they keep what they acknowledged.
        variables["HIRELANE_REDIS_CLUSTER"] = str(place.store != "valkey").lower()
        variables |= changes.get("*", {})
    if not project.is_worker:
        variables["HIRELANE_STORE"] = place.store
    return variables | changes.get(project.name, {})
