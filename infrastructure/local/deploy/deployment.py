"""Deploying and deleting the projects."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.leftovers import forget_lost_resources, remove_leftovers
from infrastructure.local.deploy.projects import CACHE_VARIABLE, STAGE, Project, select, stage
from infrastructure.local.deploy.settings import (
    delete_settings,
    ensure_settings,
    tell_public_url,
)
from infrastructure.local.stack import Endpoints, Stack
from infrastructure.local.stack.functions import api_url
from infrastructure.local.stack.layout import REPOSITORY

PACKAGES = REPOSITORY / ".local" / "cache" / "packages"
WHEELS = REPOSITORY / ".local" / "cache" / "wheels"

MAIL_DOMAIN = "hirelane.example"
SENDER = f"no-reply@{MAIL_DOMAIN}"

PREPARE_FUNCTION = f"hirelane-api-{STAGE}-prepare"

CHALICE = "infrastructure.local.deploy.chalice_cli"
# Of a failed command's output.
SHOWN_LINES = 40

DONE = {"deploy": "deployed", "delete": "deleted"}

Progress = Callable[[str], None]


def deploy(
    stack: Stack,
    names: Iterable[str] = (),
    progress: Progress = lambda line: None,
    repository: Path = REPOSITORY,
) -> None:
    """Deploys the named projects, or all, to a stack that is up.

    Raises:
        DeployError: a project cannot be deployed, or preparing the database failed.
        StackError: the stack is not up.

    """
    projects = select(names)
    endpoints = stack.endpoints()
    clients = Clients.of(endpoints)
    try:
        ensure_settings(clients.secrets, endpoints, stack.layout)
        clients.ses.verify_domain_identity(Domain=MAIL_DOMAIN)
        clients.ses.verify_email_identity(EmailAddress=SENDER)
        for project in projects:
            forget_lost_resources(clients, stack.layout.deployed(project.name))
        for project in projects:
            stage(project, stack.layout, repository)
        _run_all("deploy", stack, projects, endpoints, progress)
        if any(project.name == "api" for project in projects):
            began = time.monotonic()
            tell_public_url(clients.secrets, stack.layout, api_url(stack))
            _prepare(clients)
            progress(f"  {'indexes':<12}  prepared in {time.monotonic() - began:.1f} s")
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"LocalStack refused a part of the deployment: {error}") from error


def delete(stack: Stack, names: Iterable[str] = (), progress: Progress = lambda line: None) -> None:
    """Deletes what was deployed of the named projects, or of all, from a stack that is up.

    Raises:
        DeployError: there is no such project, or LocalStack refused.
        StackError: the stack is not up.

    """
    projects = select(names)
    endpoints = stack.endpoints()
    clients = Clients.of(endpoints)
    try:
        recorded = []
        for project in projects:
            record = stack.layout.deployed(project.name)
            forget_lost_resources(clients, record)
            if record.exists():
                recorded.append(project)
        try:
            _run_all("delete", stack, recorded, endpoints, progress)
        except DeployError as error:
            # Chalice imports the code first; what does not load must be deletable all the same.
            progress(f"{error}\n  What it left is deleted by name.")
        for project in projects:
            remove_leftovers(clients, project.app_name)
            stack.layout.deployed(project.name).unlink(missing_ok=True)
        if not list(names):
            delete_settings(clients.secrets)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"LocalStack refused a part of the deletion: {error}") from error


def _run_all(
    command: str,
    stack: Stack,
    projects: list[Project],
    endpoints: Endpoints,
    progress: Progress,
) -> None:
    """Runs a Chalice command for each project, all at the same time."""
    if not projects:
        return
    failures = []
    with ThreadPoolExecutor(len(projects)) as pool:
        running = {
            pool.submit(_run, command, stack, project, endpoints): project for project in projects
        }
        for future in as_completed(running):
            name = running[future].name
            try:
                progress(f"  {name:<12}  {DONE[command]} in {future.result():.1f} s")
            except DeployError as error:
                progress(f"  {name:<12}  failed")
                failures.append(error)
    if failures:
        raise failures[0]


def _run(command: str, stack: Stack, project: Project, endpoints: Endpoints) -> float:
    """Runs a Chalice command in the project's copy; returns the seconds it took."""
    began = time.monotonic()
    log = stack.layout.log(f"{command}-{project.name}")
    with log.open("w") as output:
        code = subprocess.run(
            [sys.executable, "-m", CHALICE, command, "--stage", STAGE],
            cwd=stack.layout.project(project.name),
            env=_environment(endpoints),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code != 0:
        lines = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        said = "\n".join(f"    {line}" for line in lines)
        raise DeployError(f"{said}\n`chalice {command}` of {project.name} failed; see {log}")
    return time.monotonic() - began


def _environment(endpoints: Endpoints) -> dict[str, str]:
    """Chalice's environment: this process's, less what could lead it to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {
        **kept,
        **endpoints.aws_environment(),
        CACHE_VARIABLE: str(PACKAGES),
        "PYTHONPATH": str(REPOSITORY),
        # A proxy of the user's cannot reach this machine's own LocalStack.
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
        # Chalice imports the copy, and packages all that lies in it.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if any(WHEELS.glob("*.whl")):
        # Set-up has fetched the functions' packages. As a URL: pip splits the value at spaces.
        environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELS.as_uri()}
    return environment


def _prepare(clients: Clients) -> None:
    """Has the API create the database's indexes."""
    answer = clients.lambda_.invoke(FunctionName=PREPARE_FUNCTION, Payload=b"{}")
    payload = answer["Payload"].read()
    if "FunctionError" in answer:
        try:
            error = json.loads(payload)
            reason = f"{error['errorType']}: {error['errorMessage']}"
        except (ValueError, KeyError, TypeError):
            reason = payload.decode(errors="replace")
        raise DeployError(f"{PREPARE_FUNCTION} could not prepare the database: {reason}")
