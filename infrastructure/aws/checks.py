"""Check what would be deployed, without an account: every template, and every policy.

cfn-lint checks the templates in templates/ and those of the packaged projects, with the rules of
cfn-lint-serverless; parliament checks the policies of all functions. They run in an environment of
their own (`environments.py --aws-checks`).
"""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from infrastructure.aws.functions import functions_of
from infrastructure.aws.packager import plain_template
from infrastructure.aws.parts import TEMPLATES
from infrastructure.aws.projects import package_project, place_of
from infrastructure.aws.roles import policy
from infrastructure.aws.stage_settings import Network
from infrastructure.aws.stages import STAGES, DeploymentStage, load_stage
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.projects import PROJECTS, Project
from infrastructure.local.deploy.projects import stage as copy_project
from infrastructure.local.stack.layout import REPOSITORY, Layout

DIRECTORY = REPOSITORY / ".local" / "aws-checks"
TOOLS = REPOSITORY / ".venv-aws-checks" / "bin"
# Made up: only their forms matter to the checks.
ACCOUNT = "123456789012"
_SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
_GROUPS = ["sg-0123456789abcdef0"]
NETWORK = Network(
    {"private": _SUBNETS, "isolated": _SUBNETS}, {"private": _GROUPS, "isolated": _GROUPS}
)
CODE = {"Bucket": "hirelane-artifacts", "Key": "packages/code.zip"}
# Findings of less severity are hints, such as a condition that could be narrower.
SEVERITY = "MEDIUM"
# AWS documents this condition key for this use (Lambda Developer Guide, "Giving Lambda functions
# access to resources in an Amazon VPC", Security best practices); the data of parliament lacks it.
KNOWN = '"detail": "Unknown condition lambda:SourceFunctionArn for action ec2:'


def write_all(directory: Path = DIRECTORY) -> tuple[list[Path], Path]:
    """Write the templates of all projects and the policies of all functions, for every stage.

    Returns:
        The paths of the templates, and the folder of the policies.

    Raises:
        DeployError: A project cannot be packaged.
    """
    shutil.rmtree(directory, ignore_errors=True)
    policies = directory / "policies"
    policies.mkdir(parents=True)
    stages = [load_stage(path.stem) for path in sorted(STAGES.glob("*.json"))]
    pairs = [(stage, project) for stage in stages for project in PROJECTS.values()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        templates = pool.map(lambda pair: _write(directory, *pair), pairs)
        return list(templates), policies


def _write(directory: Path, stage: DeploymentStage, project: Project) -> Path:
    region = stage.file.region
    place = replace(place_of(stage, "aws", ACCOUNT, region), vpc=True)
    for function in functions_of(project):
        path = directory / "policies" / f"{function.name_at(stage.name)}.json"
        path.write_text(json.dumps(policy(function, place), indent=2))
    folder = copy_project(project, Layout(directory / stage.name))
    packed = package_project(project, folder, stage, place, NETWORK, "0", with_code=False)
    template = directory / f"{stage.name}-{project.name}.json"
    template.write_text(json.dumps(plain_template(packed.template, CODE, region), indent=2))
    return template


def check() -> None:
    """Run the linters on everything.

    Raises:
        DeployError: A linter has a finding, or its environment is missing.
    """
    if not TOOLS.exists():
        raise DeployError(
            "The linters are missing:"
            " run `.venv/bin/python infrastructure/local/environments.py --aws-checks`."
        )
    templates, policies = write_all()
    regions = sorted({load_stage(path.stem).file.region for path in STAGES.glob("*.json")})
    files = map(str, [*sorted(TEMPLATES.glob("*.yaml")), *templates])
    lint = [str(TOOLS / "cfn-lint"), "--append-rules", "cfn_lint_serverless.rules"]
    _run([*lint, "--regions", *regions, "--template", *files])
    parliament = [str(TOOLS / "parliament"), "--directory", str(policies), "--json"]
    findings = _output([*parliament, "--minimum_severity", SEVERITY]).splitlines()
    if serious := [one for one in findings if KNOWN not in one]:
        raise DeployError("\n".join([*serious, "parliament has findings."]))


def _run(command: list[str]) -> None:
    if output := _output(command):
        raise DeployError(f"{output}\n{Path(command[0]).name} has findings.")


def _output(command: list[str]) -> str:
    """Return what a linter prints. Its exit code says less: parliament's is 1 for hints, too."""
    # The sources of parliament have invalid escape sequences.
    variables = os.environ | {"PYTHONWARNINGS": "ignore::SyntaxWarning"}
    result = subprocess.run(
        command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
    )
    if result.stderr:
        raise DeployError(f"{result.stderr.strip()}\n{Path(command[0]).name} failed.")
    return result.stdout.strip()
