"""The plain templates of the Chalice projects of a stage."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from infrastructure.aws.artifacts import Artifacts
from infrastructure.aws.documents import Template
from infrastructure.aws.merge import merge_template
from infrastructure.aws.packager import Package, package, plain_template
from infrastructure.aws.roles import Place
from infrastructure.aws.stage_settings import Network, environment, write_settings
from infrastructure.aws.stages import DeploymentStage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.projects import PROJECTS, Project
from infrastructure.local.deploy.projects import stage as copy_project
from infrastructure.local.stack.layout import REPOSITORY, Layout

COPIES = REPOSITORY / ".local" / "aws"


def place_of(stage: DeploymentStage, partition: str, account: str, region: str) -> Place:
    """Return where a stage is, with the names that follow from it."""
    place = Place(
        stage=stage.name,
        region=region,
        account=account,
        partition=partition,
        bucket=f"hirelane-files-{stage.name}-{account}",
        sender="",
        tracing=stage.file.tracing,
        store="valkey" if stage.store == "valkey-ec2" else f"{stage.store}/hirelane-{stage.name}",
    )
    sender = environment(PROJECTS["mail"], stage, place)["HIRELANE_MAIL_SENDER"]
    return replace(place, sender=sender)


def network_from(outputs: Mapping[str, str]) -> Network:
    """Return the network that the outputs of the part `network` describe."""
    if "PrivateSubnets" not in outputs:
        return Network()
    return Network(
        {
            "private": outputs["PrivateSubnets"].split(","),
            "isolated": outputs["IsolatedSubnets"].split(","),
        },
        {
            "private": [outputs["FunctionsSecurityGroup"]],
            "isolated": [outputs["IsolatedSecurityGroup"]],
        },
    )


def package_project(
    project: Project,
    folder: Path,
    stage: DeploymentStage,
    place: Place,
    network: Network,
    settings_version: str,
    *,
    with_code: bool = True,
) -> Package:
    """Write the settings of a stage into the copy of a project, and package it.

    Args:
        project: The project.
        folder: Its copy.
        stage: The deployment stage.
        place: Where it is deployed.
        network: The subnets of the functions.
        settings_version: Changes when the secrets do.
        with_code: Whether the zip file is needed, and not only the template.

    Raises:
        DeployError: Chalice cannot package the project.
    """
    write_settings(project, folder, stage, place, network)
    merge = merge_template(project, stage, place, settings_version)
    return package(
        folder, stage.name, place.region, stage.file.architecture, merge, with_code=with_code
    )


class ProjectTemplates:
    """Packages projects for a stage, and uploads their code.

    Args:
        target: The account or the LocalStack, and the stage.
        network: The subnets of the functions.
        boundary: The ARN of the boundary of their roles; empty if there is none.
    """

    def __init__(self, target: Target, network: Network, boundary: str = "") -> None:
        self._target = target
        self._network = network
        partition, account = target.identity
        place = place_of(target.stage, partition, account, target.region)
        self.place = replace(place, vpc=bool(network.subnets), boundary=boundary)

    def build(self, projects: list[Project], settings_version: str) -> dict[str, Template]:
        """Return the templates of projects by their names; package them at the same time.

        Raises:
            DeployError: A project cannot be packaged.
        """
        with ThreadPoolExecutor(max(1, len(projects))) as pool:
            built = {
                project.name: pool.submit(self._build, project, settings_version)
                for project in projects
            }
            return {name: future.result() for name, future in built.items()}

    def write_settings(self) -> list[Path]:
        """Write settings for `chalice deploy` into copies of all projects. Return the copies.

        `chalice deploy` makes no alias, so functions are invoked by their names.
        """
        stage = self._target.stage
        place = replace(self.place, alias=False)
        folders = []
        for project in PROJECTS.values():
            folders.append(copy_project(project, Layout(COPIES / stage.name)))
            write_settings(project, folders[-1], stage, place, self._network)
        return folders

    def _build(self, project: Project, settings_version: str) -> Template:
        stage = self._target.stage
        folder = copy_project(project, Layout(COPIES / stage.name))
        region = self._target.region
        packed = package_project(
            project, folder, stage, self.place, self._network, settings_version
        )
        code = Artifacts(self._target).upload_code(project.name, packed.code)
        template = plain_template(packed.template, code, region)
        if self._target.is_localstack and "RestAPI" in template["Resources"]:
            _name_api(template["Resources"], local_api_id(stage))
        return template


def _name_api(resources: dict[str, Any], api_id: str) -> None:
    """Give the API an id, which LocalStack takes from a tag, and let its parts name it.

    LocalStack takes a reference to a changed API for a change of its id, and would replace the
    stage by one with the same name, which fails.
    """
    resources["RestAPI"]["Properties"]["Tags"] = [{"Key": "_custom_id_", "Value": api_id}]
    for resource in resources.values():
        if resource["Type"] in ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"):
            resource["Properties"]["RestApiId"] = api_id
            resource["DependsOn"] = sorted({*resource.get("DependsOn", ()), "RestAPI"})


def local_api_id(stage: DeploymentStage) -> str:
    """Return the id of the API of a stage in LocalStack, the same after each start."""
    return f"hirelane{stage.name}"
