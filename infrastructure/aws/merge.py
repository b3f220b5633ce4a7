"""Settings that are merged into the template that Chalice packages for a project.

They give each function its name, the alias `live` with a version for each deployment, settings of
asynchronous invocations, and a log group. A file merge/<project>.json adds those of one project.
"""

import json
from pathlib import Path
from typing import Any

from infrastructure.aws.functions import ALIAS, Function, functions_of
from infrastructure.aws.packager import Template
from infrastructure.aws.roles import Place, destination
from infrastructure.aws.stages import DIRECTORY, DeploymentStage
from infrastructure.local.deploy.projects import Project

MERGE = DIRECTORY / "merge"
# A wake that waits for longer was replaced by the schedule.
EVENT_AGE_SECONDS = 60
# Neither addresses of callers nor ids in paths: the path is the one of the route.
ACCESS_LOG = {
    "correlation_id": "$context.requestId",
    "xray_trace_id": "$context.xrayTraceId",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "integration_milliseconds": "$context.integrationLatency",
    "error": "$context.error.responseType",
}


def merge_template(
    project: Project, stage: DeploymentStage, place: Place, settings_version: str
) -> Template:
    """Return the template to merge into the one of a project.

    Args:
        project: The project.
        stage: The deployment stage.
        place: Where it is deployed.
        settings_version: Changes when the secrets do, so that new environments read them.
    """
    functions = functions_of(project)
    resources: dict[str, Any] = {}
    for function in functions:
        resources[function.logical_id] = {
            "Properties": _properties(function, stage, place, settings_version)
        }
        if place.boundary:
            role = {"Properties": {"PermissionsBoundary": place.boundary}}
            resources[_logical_id(f"{function.name}_role")] = role
        resources[_log_group_id(function)] = _log_group(
            f"/aws/lambda/{function.name_at(stage.name)}", stage.file.log_retention_days
        )
    if not project.is_worker:
        resources |= _rest_api(stage)
    merged: Template = _merged({"Resources": resources}, _own(project, stage))
    return merged


def _log_group(name: str, days: int) -> dict[str, Any]:
    properties = {"LogGroupName": name, "RetentionInDays": days}
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def _rest_api(stage: DeploymentStage) -> dict[str, Any]:
    """Return the access log, the rate limits and the traces of the API."""
    limits = {
        "ResourcePath": "/*",
        "HttpMethod": "*",
        "ThrottlingRateLimit": stage.file.requests_per_second,
        "ThrottlingBurstLimit": stage.file.request_burst,
    }
    properties = {
        # Metrics name an API by its name, so those of two stages in one account must differ.
        "DefinitionBody": {"info": {"title": f"hirelane-api-{stage.name}"}},
        "TracingEnabled": stage.file.tracing,
        "MethodSettings": [limits],
        "AccessLogSetting": {
            "DestinationArn": {"Fn::GetAtt": ["AccessLog", "Arn"]},
            "Format": json.dumps(ACCESS_LOG),
        },
    }
    return {
        "RestAPI": {"Properties": properties},
        # It names no person, so it is kept as long as the audit log in MongoDB.
        "AccessLog": _log_group(
            f"/hirelane/{stage.name}/access", stage.file.access_log_retention_days
        ),
    }


def _properties(
    function: Function, stage: DeploymentStage, place: Place, settings_version: str
) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "FunctionName": function.name_at(stage.name),
        "Description": f"{function.key} (settings {settings_version})",
        "AutoPublishAlias": ALIAS,
        # A change of the environment needs a new version, too.
        "AutoPublishAliasAllProperties": True,
        "LoggingConfig": {"LogGroup": {"Ref": _log_group_id(function)}},
    }
    if function.is_scheduled:
        # Chalice names the event after the function.
        event = f"{function.logical_id}Event"
        target = {"DeadLetterConfig": {"Arn": place.failures}}
        properties["Events"] = {event: {"Properties": target}}
    if stage.file.snap_start:
        properties["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    if not function.answers_requests:
        properties["EventInvokeConfig"] = {
            "MaximumRetryAttempts": 0,
            "MaximumEventAgeInSeconds": EVENT_AGE_SECONDS,
            "DestinationConfig": {"OnFailure": _on_failure(function, place)},
        }
    return properties


def _on_failure(function: Function, place: Place) -> dict[str, Any]:
    siblings = {one.key: one for one in functions_of(function.project)}
    replacement = destination(function, siblings)
    if replacement is None:
        return {"Type": "SQS", "Destination": place.failures}
    return {"Type": "Lambda", "Destination": {"Ref": f"{replacement.logical_id}Alias{ALIAS}"}}


def _log_group_id(function: Function) -> str:
    return _logical_id(f"{function.name}_log_group")


def _logical_id(name: str) -> str:
    """Return the logical id that Chalice gives a resource with a name."""
    return "".join(map(str.capitalize, name.split("_")))


def _own(project: Project, stage: DeploymentStage, folder: Path = MERGE) -> Template:
    """Return what only this project has. ``<stage>`` in it stands for the name of the stage."""
    try:
        text = (folder / f"{project.name}.json").read_text()
    except FileNotFoundError:
        return {}
    template: Template = json.loads(text.replace("<stage>", stage.name))
    return template


def _merged(base: Any, changes: Any) -> Any:
    """Return the base with the changes, member by member."""
    if not (isinstance(base, dict) and isinstance(changes, dict)):
        return changes
    return base | {key: _merged(base.get(key), value) for key, value in changes.items()}
