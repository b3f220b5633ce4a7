"""Deploy a small project: once, again, after a restart of LocalStack; then delete it."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infrastructure.local.deploy.chalice_cli import is_loopback
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.deployment import delete, deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.settings import KEYS, SETTINGS
from infrastructure.local.stack import Stack, StackError
from infrastructure.local.stack.functions import api_url, function_names

from .conftest import Run

APP = """
from chalice import Chalice, Rate
from chalicelib import GREETING

app = Chalice(app_name="hirelane-api")

@app.route("/")
def index():
    return {"greeting": GREETING}

@app.schedule(Rate(1, unit=Rate.HOURS))
def tick(event):
    return {}

@app.lambda_function()
def prepare(event, context):
    print("preparing")
    PREPARE
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a small API without dependencies."""
    root = tmp_path / "repository"
    for folder in (".chalice", "chalicelib/__pycache__"):
        (root / folder).mkdir(parents=True)
    write_app(root, greeting="hello")
    (root / "chalicelib" / "__pycache__" / "stale.pyc").write_bytes(b"stale")
    (root / "requirements.txt").write_text("")
    statement = {"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (root / ".chalice" / "policy-local.json").write_text(json.dumps(policy))
    stage = {"api_gateway_stage": "api", "iam_policy_file": "policy-local.json"}
    config = {
        "version": "2.0",
        "app_name": "hirelane-api",
        "autogen_policy": False,
        "stages": {"local": stage},
    }
    (root / ".chalice" / "config.json").write_text(json.dumps(config))
    return root


def write_app(root: Path, greeting: str, prepare: str = "return {}") -> None:
    (root / "app.py").write_text(APP.replace("PREPARE", prepare))
    (root / "chalicelib" / "__init__.py").write_text(f"GREETING = {greeting!r}\n")


def greeting(stack: Stack) -> str:
    with urllib.request.urlopen(f"{api_url(stack)}/", timeout=10) as answer:
        return str(json.load(answer)["greeting"])


def signing_keys(stack: Stack) -> object:
    secrets = Clients.of(stack.endpoints()).secrets
    return json.loads(secrets.get_secret_value(SecretId=KEYS)["SecretString"])["signing_keys"]


def public_url(stack: Stack) -> str:
    secrets = Clients.of(stack.endpoints()).secrets
    content = json.loads(secrets.get_secret_value(SecretId=SETTINGS)["SecretString"])
    return str(content["public_url"])


def test_deployment_from_creation_to_deletion(
    running: Stack, repository: Path, command: Run
) -> None:
    directory = running.layout.directory
    # Two people, or a person and `make watch`, deploy to a new stack at the same time.
    waits: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        deployments = [
            pool.submit(deploy, running, ["api"], waits.append, repository) for _ in range(2)
        ]
    for deployment in deployments:
        deployment.result()
    assert "Another command deploys to this stack; waiting for it." in waits
    assert greeting(running) == "hello"
    keys = signing_keys(running)
    assert keys
    assert {
        file.stat().st_mode & 0o777
        for file in (running.layout.settings_file, running.layout.keys_file)
    } == {0o600}
    assert command("url", "--dir", directory).stdout == f"{api_url(running)}\n"
    assert not list(running.layout.project("api").rglob("__pycache__"))

    # Changed sources replace the functions, under the same URL.
    url = api_url(running)
    write_app(repository, greeting="good day")
    deploy(running, ["api"], repository=repository)
    assert greeting(running) == "good day"
    assert api_url(running) == url

    # The output of a function is shown with the name of the function.
    logs = command("logs", "--no-follow", "--service", "api-prepare", "--dir", directory)
    assert any(line.endswith(" preparing") for line in logs.stdout.splitlines()), logs
    unknown = command("logs", "--no-follow", "--service", "api-prepar", "--dir", directory)
    assert unknown.returncode == 1
    assert unknown.stderr == (
        "There is no function api-prepar: the functions are api, api-prepare, api-tick.\n"
    )

    # LocalStack loses its state when it stops, but tokens must stay valid.
    running.kill("localstack")
    running.up()
    assert function_names(running.endpoint("localstack")) == []
    with pytest.raises(StackError, match="The API is not deployed"):
        api_url(running)
    # A worker that sends e-mails before the API is deployed writes the address that it will have.
    (running.layout.settings_file).write_text('{"public_url": "http://127.0.0.1:1/old"}')
    public_urls: set[str] = set()
    deploy(running, ["api"], lambda line: public_urls.add(public_url(running)), repository)
    assert greeting(running) == "good day"
    assert public_urls == {url} == {api_url(running)}
    assert signing_keys(running) == keys

    # A database that cannot be prepared is an error, not a partial deployment.
    write_app(repository, greeting="good day", prepare="raise ValueError('no database')")
    with pytest.raises(DeployError, match="could not prepare the database: ValueError: no data"):
        deploy(running, ["api"], repository=repository)

    # Code that does not load is reported with Chalice's own message.
    write_app(repository, greeting="good day", prepare="nonsense(")
    with pytest.raises(DeployError, match=r"SyntaxError(.|\n)*`chalice deploy` of api failed"):
        deploy(running, ["api"], repository=repository)

    # `delete` does not depend on the code, and leaves nothing behind.
    delete(running)
    clients = Clients.of(running.endpoints())
    assert function_names(running.endpoint("localstack")) == []
    assert clients.apigateway.get_rest_apis()["items"] == []
    assert clients.events.list_rules()["Rules"] == []
    assert clients.iam.list_roles()["Roles"] == []
    assert clients.logs.describe_log_groups()["logGroups"] == []
    assert clients.secrets.list_secrets()["SecretList"] == []


def test_unknown_project_is_rejected(running: Stack) -> None:
    with pytest.raises(
        DeployError, match="There is no project web: the projects are api, applications"
    ):
        deploy(running, ["web"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://[::1]:4566", True),
        ("http://localhost:4566", True),
        ("https://lambda.us-east-1.amazonaws.com", False),
        ("http://127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_chalice_accepts_only_this_machine(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
