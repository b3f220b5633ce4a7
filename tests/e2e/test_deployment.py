"""The deployed functions, schedules and packages."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.database import Database

from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptRequest, NewJob, Shards
from tests.e2e.steps import follow, sweep
from tests.support.deployment import Candidate, Deployment
from tests.support.packages import bytecode_of


@pytest.mark.parametrize("kind", ["applications", "mail"])
def test_schedule_runs_each_worker_once_a_minute(deployed: Deployment, kind: str) -> None:
    events = deployed.aws("events")
    targets = {
        target["Arn"].rsplit(":", 1)[-1]: rule["ScheduleExpression"]
        for rule in events.list_rules()["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    }
    assert targets[f"hirelane-{kind}-local-sweep"] == "rate(1 minute)"


def test_lambda_repeats_no_invocation_of_a_worker(deployed: Deployment) -> None:
    """Otherwise more drains run than the queue counts."""
    client = deployed.aws("lambda")
    for kind in ("applications", "mail"):
        for function in ("drain", "replacement", "sweep"):
            name = f"hirelane-{kind}-local-{function}"
            settings = client.get_function_event_invoke_config(FunctionName=name)
            assert settings["MaximumRetryAttempts"] == 0
            destination = settings["DestinationConfig"].get("OnFailure", {}).get("Destination", "")
            replaced_by = f"hirelane-{kind}-local-replacement" if function == "drain" else ""
            assert destination.rpartition(":")[2] == replaced_by


def test_scheduled_sweep_stores_application_after_lost_wake(
    deployed: Deployment,
    join: Callable[..., Candidate],
    publish: Callable[..., str],
    lanes: Shards,
    database: Database[dict[str, Any]],
) -> None:
    ada = join()
    job = NewJob(
        new_id(),
        "chalicelib.jobs.store_application",
        {"candidate_id": ada.id, "posting_id": publish(), "draft": {}},
        "accepted by an API that died before it could wake a worker",
    )
    lanes.of(ada.id).accept(AcceptRequest(ada.id, job))
    sweep(deployed, "applications")
    assert database["applications"].count_documents({"_id": job.id}) == 1
    follow(deployed, ada, job.id)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/health/live", "application/json"),
        ("/v1/postings", "application/json"),
    ],
)
def test_gateway_passes_head(deployed: Deployment, path: str, media_type: str) -> None:
    head = deployed.call("HEAD", path)
    assert (head.status, head.body) == (200, None)
    assert head.headers["content-type"].startswith(media_type)


# Lambda loads the package into each new environment.
MOST_MEGABYTES = {"api": 15.5, "applications": 8.0, "mail": 8.4, "files": 4.2, "ops": 13.8}


def test_package_has_only_what_its_functions_need(deployed: Deployment) -> None:
    client = deployed.aws("lambda")
    carried = {}
    workers = "applications-local-drain", "files-local-text", "mail-local-drain", "ops-local-run"
    for project in ("api-local", *workers):
        location = client.get_function(FunctionName=f"hirelane-{project}")["Code"]["Location"]
        # LocalStack returns a public host name, and serves the same path on loopback.
        here = urlsplit(deployed.endpoints.aws_endpoint_url).netloc
        with urllib.request.urlopen(urlsplit(location)._replace(netloc=here).geturl()) as answer:
            package = answer.read()
        names = zipfile.ZipFile(io.BytesIO(package)).namelist()
        name = project.split("-")[0]
        assert len(package) / 1e6 <= MOST_MEGABYTES[name]
        carried[name] = {name.split("/")[0] for name in names}
        modules = {
            name for name in names if name.startswith("chalicelib/") and name.endswith(".py")
        }
        assert {bytecode_of(name) for name in modules} <= set(names)
    everywhere = {"boto3", "botocore", "pytest", "tests", "infrastructure", "moto"}
    assert not carried["api"] & everywhere
    assert not carried["applications"] & (
        everywhere | {"jinja2", "argon2", "jwt", "cryptography", "cffi"}
    )
    assert not carried["mail"] & (everywhere | {"argon2", "jwt", "cryptography", "cffi"})
    libraries_of_files = {"pypdf", "defusedxml"}
    for other in ("api", "applications", "mail"):
        assert not carried[other] & libraries_of_files
    assert not carried["files"] & (everywhere | {"redis", "pymongo", "jinja2", "argon2", "jwt"})
    assert libraries_of_files <= carried["files"]
    assert {"jwt", "argon2", "jinja2", "redis", "pymongo", "chalice"} <= carried["api"]
    assert {"redis", "pymongo"} <= carried["applications"]
    assert {"jinja2", "redis", "pymongo"} <= carried["mail"]
    assert not carried["ops"] & (everywhere | {"jinja2", "argon2", *libraries_of_files})
    assert {"click", "jwt", "redis", "pymongo"} <= carried["ops"]
