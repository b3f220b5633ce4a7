"""Make a plain CloudFormation template from the copy of a project, with Chalice's packager.

`chalice package` writes a SAM template and a zip file. `aws-sam-translator` makes a plain template
of it here, so that neither the account nor LocalStack needs the SAM transform. Nothing else in
infrastructure/aws depends on how Chalice packages.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.translator import Translator

from infrastructure.local.deploy.deployment import PACKAGES, wheel_variables
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.packages import (
    ARCHITECTURE,
    CachingPackager,
    deployment_package,
)

Template = dict[str, Any]
SHOWN_LINES = 20
# Outside of the copies; without it, each run would compile the app again.
BYTECODE = PACKAGES.parent / "bytecode"
_OF_FUNCTION = ("AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Version")
_CHALICE = "from chalice.cli import main; main()"


@dataclass(frozen=True)
class Package:
    """The zip file with the code of a project, and its SAM template."""

    code: Path
    template: Template


def package(
    folder: Path,
    stage: str,
    region: str,
    architecture: str,
    merge: Template,
    *,
    with_code: bool = True,
) -> Package:
    """Package the copy of a project with Chalice.

    Args:
        folder: The copy, with the settings of the stage.
        stage: The deployment stage.
        region: The AWS region.
        architecture: The architecture of the functions.
        merge: What Chalice merges into its template (`--merge-template`).
        with_code: Whether the zip file is needed, and not only the template.

    Raises:
        DeployError: Chalice cannot package the project.
    """
    # Only the packages for this architecture were downloaded by set-up.
    wheels = wheel_variables() if architecture == ARCHITECTURE else {}
    os.environ.update(wheels)
    if with_code:
        CachingPackager(PACKAGES, architecture).ensure_package(folder)
    else:
        # Chalice makes no package if it finds one.
        placeholder = deployment_package(folder, architecture)
        placeholder.parent.mkdir(exist_ok=True)
        placeholder.touch()
    output = folder.parent / f"{folder.name}-package"
    output.mkdir(exist_ok=True)
    merged = output / "merge.json"
    merged.write_text(json.dumps(merge))
    command = [sys.executable, "-c", _CHALICE, "package", "--stage", stage]
    options = ["--pkg-format", "cloudformation", "--template-format", "json"]
    result = subprocess.run(
        [*command, *options, "--merge-template", str(merged), str(output)],
        cwd=folder,
        env={
            **os.environ,
            **wheels,
            "AWS_DEFAULT_REGION": region,
            # Chalice imports the copy, and packages every file in it.
            "PYTHONPYCACHEPREFIX": str(BYTECODE),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        lines = (result.stdout + result.stderr).splitlines()[-SHOWN_LINES:]
        raise DeployError("\n".join([*lines, f"`chalice package` failed in {folder}."]))
    return Package(output / "deployment.zip", json.loads((output / "sam.json").read_text()))


def plain_template(template: Template, code: Mapping[str, str], region: str) -> Template:
    """Return a plain template for the SAM template of a project.

    Args:
        template: The template that Chalice packaged.
        code: The bucket and the key of the zip file, as ``Bucket`` and ``Key``.
        region: The AWS region.

    Raises:
        DeployError: The template is invalid.
    """
    # API Gateway must invoke the alias, too. Chalice names the function.
    text = json.dumps(template).replace("${APIHandler.Arn}", "${APIHandlerAliaslive}")
    source = json.loads(text)
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = dict(code)
        elif properties.get("FunctionName") == {"Ref": "APIHandler"}:
            properties["FunctionName"] = {"Ref": "APIHandlerAliaslive"}
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session: Any = boto3.Session(region_name=region)
    translator = Translator({}, Parser(), boto_session=session)
    try:
        result: Template = translator.translate(source, {}, feature_toggle=None)
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes)
        raise DeployError(f"The packaged template is invalid: {reasons}") from error
    _adjust(result["Resources"])
    return result


def _adjust(resources: dict[str, dict[str, Any]]) -> None:
    """Correct the generated template, for instance the target of the API."""
    names = {
        name: resource["Properties"]["FunctionName"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] in _OF_FUNCTION:
            # LocalStack takes a reference to a changed function for a change of its name, and would
            # replace the version and the alias.
            function = properties["FunctionName"]["Ref"]
            properties["FunctionName"] = names[function]
            resource["DependsOn"] = sorted({*resource.get("DependsOn", ()), function})
        elif resource["Type"] == "AWS::Lambda::Permission":
            # The rule compares the name of the function with that of its alias, which has the
            # destination that the rule asks for.
            resource["Metadata"] = {"cfn-lint": {"config": {"ignore_checks": ["ES1007"]}}}
        elif resource["Type"] == "AWS::ApiGateway::Deployment":
            # Otherwise API Gateway makes a second stage, with the name `Stage`.
            properties.pop("StageName", None)
