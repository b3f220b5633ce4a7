"""The settings and templates of deployment stages follow from the projects and one table."""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infrastructure.aws.functions import ALIAS, HANDLER, all_functions, functions_of
from infrastructure.aws.invocations import configure_retries
from infrastructure.aws.merge import merge_template
from infrastructure.aws.projects import place_of
from infrastructure.aws.roles import NETWORK_ACTIONS, function_table, policy
from infrastructure.aws.stage_settings import Network, stage_config, write_settings
from infrastructure.aws.stages import STAGES, DeploymentStage, for_localstack, load_stage
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.projects import PROJECTS, Project
from infrastructure.local.stack.layout import REPOSITORY

ACCOUNT = "123456789012"
NETWORK = Network(
    {"private": ["subnet-1"], "isolated": ["subnet-2"]}, {"private": ["sg-1"], "isolated": ["sg-2"]}
)
STAGE_NAMES = sorted(path.stem for path in STAGES.glob("*.json"))


@pytest.fixture(params=STAGE_NAMES)
def stage(request: pytest.FixtureRequest) -> DeploymentStage:
    return load_stage(request.param)


def config_of(project: Project, stage: DeploymentStage) -> dict[str, Any]:
    place = place_of(stage, "aws", ACCOUNT, stage.file.region)
    stages = stage_config(project, stage, place, NETWORK)["stages"]
    assert list(stages) == [stage.name]
    settings: dict[str, Any] = stages[stage.name]
    return settings


def _import(name: str, path: Path) -> Any:
    if name == "app":
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("project", PROJECTS.values(), ids=lambda project: project.name)
def test_functions_in_the_source_are_those_of_chalice(project: Project) -> None:
    path = REPOSITORY / project.folder / "app.py"
    # The API is imported once: a second one would take the routes of the first.
    name = f"{project.name}_app" if project.is_worker else "app"
    module = _import(name, path)
    chalice = {one.name for one in [*module.app.pure_lambda_functions, *module.app.event_sources]}
    found = functions_of(project)
    assert {one.name for one in found} - {HANDLER} == chalice
    assert any(one.answers_requests for one in found) == (not project.is_worker)


def test_each_function_has_one_row_in_the_table() -> None:
    assert function_table().keys() == all_functions().keys()


def test_stage_differs_from_local_in_every_name(stage: DeploymentStage) -> None:
    for project in PROJECTS.values():
        settings = config_of(project, stage)
        for name, value in settings["environment_variables"].items():
            assert "local" not in value, name
            if value.endswith(("-drain", "-text", "-export")):
                pytest.fail(f"{name} names the function {value} without its alias")


def test_function_that_others_invoke_is_named_with_its_alias(stage: DeploymentStage) -> None:
    variables = config_of(PROJECTS["api"], stage)["environment_variables"]
    assert variables["HIRELANE_APPLICATIONS_DRAIN"] == (
        f"hirelane-applications-{stage.name}-drain:{ALIAS}"
    )


def test_function_of_files_reaches_only_s3(stage: DeploymentStage) -> None:
    functions = config_of(PROJECTS["files"], stage)["lambda_functions"]
    assert functions["text"]["subnet_ids"] == ["subnet-2"]
    assert functions["text"]["security_group_ids"] == ["sg-2"]


def test_only_network_and_traces_are_allowed_everywhere(stage: DeploymentStage) -> None:
    place = place_of(stage, "aws", ACCOUNT, stage.file.region)
    everywhere = {
        action
        for function in all_functions().values()
        for statement in policy(function, place)["Statement"]
        if "*" in ([resource] if isinstance(resource := statement["Resource"], str) else resource)
        for action in statement["Action"]
    }
    traces = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    assert everywhere == {*NETWORK_ACTIONS, *traces}


def test_chalice_finds_the_policy_of_each_function(tmp_path: Path) -> None:
    stage = load_stage("prod")
    place = place_of(stage, "aws", ACCOUNT, stage.file.region)
    write_settings(PROJECTS["mail"], tmp_path, stage, place, NETWORK)
    config = json.loads((tmp_path / ".chalice" / "config.json").read_text())
    for function in config["stages"]["prod"]["lambda_functions"].values():
        assert json.loads((tmp_path / ".chalice" / function["iam_policy_file"]).read_text())


@pytest.mark.parametrize("project", PROJECTS.values(), ids=lambda project: project.name)
def test_failed_invocation_is_kept_and_drains_are_replaced(project: Project) -> None:
    """No drain is repeated, because the queue does not count it (docs/chalice.md)."""
    stage = load_stage("prod")
    place = place_of(stage, "aws", ACCOUNT, stage.file.region)
    resources = merge_template(project, stage, place, "1")["Resources"]
    for function in functions_of(project):
        properties = resources[function.logical_id]["Properties"]
        assert properties["AutoPublishAlias"] == ALIAS
        if function.answers_requests:
            assert "EventInvokeConfig" not in properties
            continue
        events = properties["EventInvokeConfig"]
        target = events["DestinationConfig"]["OnFailure"]
        if function.name == "drain":
            assert target["Destination"] == {"Ref": f"ReplacementAlias{ALIAS}"}
        else:
            assert target["Destination"] == place.failures
        if function.name in ("drain", "replacement", "sweep"):
            assert events["MaximumRetryAttempts"] == 0
            assert events["MaximumEventAgeInSeconds"] == 60


class FakeLambda:
    """Lambda with some functions, of which some have the alias."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, functions: set[str], with_alias: set[str]) -> None:
        self._functions, self._with_alias = functions, with_alias
        self.configured: dict[str, tuple[int, int]] = {}

    def get_alias(self, FunctionName: str, Name: str) -> None:
        if FunctionName not in self._with_alias or Name != ALIAS:
            raise self.exceptions.ResourceNotFoundException

    def put_function_event_invoke_config(
        self, FunctionName: str, MaximumRetryAttempts: int, MaximumEventAgeInSeconds: int
    ) -> None:
        if FunctionName not in self._functions:
            raise self.exceptions.ResourceNotFoundException
        self.configured[FunctionName] = (MaximumRetryAttempts, MaximumEventAgeInSeconds)


def test_lambda_repeats_no_drain_that_chalice_deployed() -> None:
    stage = load_stage("prod")
    place = place_of(stage, "aws", ACCOUNT, stage.file.region)
    drain, feedback = "hirelane-mail-prod-drain", "hirelane-mail-prod-feedback"
    with_alias = "hirelane-applications-prod-drain"
    fake = FakeLambda({drain, feedback, "hirelane-api-prod", with_alias}, {with_alias})
    target: Any = SimpleNamespace(stage=stage, client=lambda service: fake)
    lines: list[str] = []
    configure_retries(target, place, lines.append)
    # A report about an e-mail would be lost if it were not repeated.
    assert fake.configured == {drain: (0, 60), feedback: (2, 21600)}
    assert len(lines) == 1


def test_stage_on_localstack_has_one_server_as_its_store() -> None:
    stage = for_localstack(load_stage("prod"), "x86_64")
    variables = config_of(PROJECTS["api"], stage)["environment_variables"]
    assert variables["HIRELANE_REDIS_CLUSTER"] == "false"
    assert variables["HIRELANE_STORE"] == "valkey"
    assert config_of(PROJECTS["api"], stage)["lambda_architecture"] == "x86_64"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Prod", None, "is no name of a deployment stage"),
        ("other", None, "There is no deployment stage other: there are local,"),
        ("odd", '{"region": "eu-central-1", "colour": "red"}', "unknown field `colour`"),
    ],
)
def test_invalid_stage_is_explained(
    tmp_path: Path, name: str, content: str | None, reason: str
) -> None:
    if content:
        (tmp_path / f"{name}.json").write_text(content)
    with pytest.raises(DeployError, match=reason):
        load_stage(name, tmp_path)
