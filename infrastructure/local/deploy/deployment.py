"""Deploy and delete the projects."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.files_bucket import ensure_bucket, restore_files
from infrastructure.local.deploy.invocations import configure_failures
from infrastructure.local.deploy.leftovers import drop_stale_record, remove_leftovers
from infrastructure.local.deploy.mail_feedback import ensure_feedback, subscribe_function
from infrastructure.local.deploy.projects import CACHE_VARIABLE, STAGE, Project, select, stage
from infrastructure.local.deploy.settings import delete_settings, ensure_settings
from infrastructure.local.stack import Endpoints, Stack
from infrastructure.local.stack.layout import REPOSITORY
from infrastructure.local.stack.state import exclusive_deployment

PACKAGES = REPOSITORY / ".local" / "cache" / "packages"
WHEELS = REPOSITORY / ".local" / "cache" / "wheels"

MAIL_DOMAIN = "hirelane.example"
SENDER = f"no-reply@{MAIL_DOMAIN}"

PREPARE_FUNCTION = f"hirelane-api-{STAGE}-prepare"

CHALICE = "infrastructure.local.deploy.chalice_cli"
# Lines of output that the error of a failed command contains.
SHOWN_LINES = 40

DONE = {"deploy": "deployed", "delete": "deleted"}

Progress = Callable[[str], None]


def deploy(
    stack: Stack,
    names: Iterable[str] = (),
    progress: Progress = lambda line: None,
    repository: Path = REPOSITORY,
) -> None:
    """Deploy projects to a running stack.

    Args:
        stack: The stack, with all servers running.
        names: The names of the projects; none means all.
        progress: Called with each line of progress.
        repository: The checkout with the sources.

    Raises:
        DeployError: A project cannot be deployed, or the database cannot be prepared.
        StackError: The stack does not run.
    """
    projects = select(names)
    endpoints = stack.endpoints()
    with exclusive_deployment(stack.layout, progress):
        _deploy(stack, projects, endpoints, progress, repository)


def _deploy(
    stack: Stack,
    projects: list[Project],
    endpoints: Endpoints,
    progress: Progress,
    repository: Path,
) -> None:
    clients = Clients.of(endpoints)
    try:
        ensure_settings(clients.secrets, endpoints, stack.layout)
        ensure_bucket(clients.s3, endpoints.api_url)
        restore_files(clients.s3, stack.layout.files)
        clients.ses.verify_domain_identity(Domain=MAIL_DOMAIN)
        clients.ses.verify_email_identity(EmailAddress=SENDER)
        topic = ensure_feedback(clients)
        for project in projects:
            drop_stale_record(clients, stack.layout.deployed(project.name))
        for project in projects:
            stage(project, stack.layout, repository)
        _run_all("deploy", stack, projects, endpoints, progress)
        for project in projects:
            if project.is_worker:
                configure_failures(clients.lambda_, project.app_name)
            if project.name == "mail":
                subscribe_function(clients, topic)
        if any(project.name == "api" for project in projects):
            began = time.monotonic()
            prepare(clients)
            progress(f"  {'indexes':<12}  prepared in {time.monotonic() - began:.1f} s")
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"LocalStack refused a part of the deployment: {error}") from error


def delete(stack: Stack, names: Iterable[str] = (), progress: Progress = lambda line: None) -> None:
    """Delete deployed projects from a running stack.

    Args:
        stack: The stack, with all servers running.
        names: The names of the projects; none means all.
        progress: Called with each line of progress.

    Raises:
        DeployError: There is no such project, or LocalStack refused.
        StackError: The stack does not run.
    """
    chosen = list(names)
    projects = select(chosen)
    endpoints = stack.endpoints()
    with exclusive_deployment(stack.layout, progress):
        _delete(stack, projects, endpoints, progress, with_secrets=not chosen)


def _delete(
    stack: Stack,
    projects: list[Project],
    endpoints: Endpoints,
    progress: Progress,
    *,
    with_secrets: bool,
) -> None:
    clients = Clients.of(endpoints)
    try:
        recorded = []
        for project in projects:
            record = stack.layout.deployed(project.name)
            drop_stale_record(clients, record)
            if record.exists():
                recorded.append(project)
        try:
            _run_all("delete", stack, recorded, endpoints, progress)
        except DeployError as error:
            # Chalice imports the code first, but code that does not load must be deletable too.
            progress(f"{error}\n  The remaining resources are deleted by name.")
        remaining = []
        for project in projects:
            remaining += remove_leftovers(clients, project.app_name)
            stack.layout.deployed(project.name).unlink(missing_ok=True)
        if with_secrets:
            delete_settings(clients.secrets)
        if remaining:
            raise DeployError(
                f"LocalStack cannot delete {', '.join(remaining)}, because creating them failed."
                " It forgets them when it restarts: run 'make down', then 'make up deploy'."
            )
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"LocalStack refused a part of the deletion: {error}") from error


def _run_all(
    command: str,
    stack: Stack,
    projects: list[Project],
    endpoints: Endpoints,
    progress: Progress,
) -> None:
    """Run a Chalice command for all projects at the same time."""
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
    """Run a Chalice command in the copy of the project, and return the seconds it took."""
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
        output_end = "\n".join(f"    {line}" for line in lines)
        raise DeployError(f"{output_end}\n`chalice {command}` of {project.name} failed; see {log}")
    return time.monotonic() - began


def _environment(endpoints: Endpoints) -> dict[str, str]:
    """Return the variables for Chalice, without those of a real AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {
        **kept,
        **endpoints.aws_environment(),
        CACHE_VARIABLE: str(PACKAGES),
        "PYTHONPATH": str(REPOSITORY),
        # A proxy cannot reach LocalStack, which is on this machine.
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"])),
        # Chalice imports the copy, and packages every file in it.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return environment | wheel_variables()


def wheel_variables() -> dict[str, str]:
    """Return variables for pip, so that it installs the packages that set-up has downloaded."""
    if not any(WHEELS.glob("*.whl")):
        return {}
    # A URL, because pip splits the value at spaces.
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELS.as_uri()}


def prepare(clients: Clients) -> None:
    """Let the API create the indexes of the database.

    Raises:
        DeployError: The function failed.
    """
    prepare_database(clients.lambda_, PREPARE_FUNCTION)


def prepare_database(lambda_: Any, function: str) -> None:
    """Invoke the function that creates the indexes of the database.

    Raises:
        DeployError: The function failed.
    """
    answer = lambda_.invoke(FunctionName=function, Payload=b"{}")
    payload = answer["Payload"].read()
    if "FunctionError" in answer:
        try:
            error = json.loads(payload)
            reason = f"{error['errorType']}: {error['errorMessage']}"
        except (ValueError, KeyError, TypeError):
            reason = payload.decode(errors="replace")
        raise DeployError(f"{function} could not prepare the database: {reason}")
