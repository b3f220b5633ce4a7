"""The functions of one version of Hirelane, in a process: the API and the workers.

Started with the directory of the version's checkout. Carries out the commands on standard input,
each in a thread of its own, because a drain waits for other drains. A command is a line of JSON,
``[id, name, [argument, ...]]``; its answer is the line ``[id, answer]``:

    request  method, path, headers, body     {"status", "body"}
    invoke   project, function, event        the result of the function
    mail                                     the raw e-mails that were sent

An asynchronous invocation is not carried out: it is the line ``[null, [function, event]]``, because
the test chooses the version that gets it. moto is SES and the secrets. Only entry points and what
they receive from AWS are used here, because those exist in every version.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
from chalice.test import Client
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

WORKERS = ("applications", "mail")


def main() -> None:
    """Carry out each line until standard input ends."""
    # Logs go to standard error, so that standard output has the answers only.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    lock = threading.Lock()

    def write(*line: Any) -> None:
        with lock:
            print(json.dumps(line), file=answers, flush=True)

    def carry_out(command: int, name: str, arguments: list[Any]) -> None:
        write(command, getattr(functions, name)(*arguments))

    with mock_aws():
        functions = Functions(Path(sys.argv[1]), partial(write, None))
        for line in sys.stdin:
            threading.Thread(target=carry_out, args=json.loads(line)).start()


class Functions:
    """The entry points of a checkout."""

    def __init__(self, checkout: Path, on_invocation: Callable[[tuple[str, Any]], None]) -> None:
        sys.path[0] = str(checkout)
        os.chdir(checkout)
        self._on_invocation = on_invocation
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION
        events: Any = boto3.DEFAULT_SESSION.events
        events.register("before-call.lambda.Invoke", self._keep_invocation)
        boto3.client("ses").verify_email_identity(EmailAddress=os.environ["HIRELANE_MAIL_SENDER"])
        for name, content in json.loads(os.environ["TEST_SECRETS"]).items():
            boto3.client("secretsmanager").create_secret(
                Name=name, SecretString=json.dumps(content)
            )
        folders = {"api": "", **{name: f"worker_functions/{name}" for name in WORKERS}}
        self._entry_points = {
            project: import_file(project, checkout / folder / "app.py")
            for project, folder in folders.items()
        }
        self._client = Client(self._entry_points["api"].app)

    def request(self, method: str, path: str, headers: dict[str, str], body: Any) -> dict[str, Any]:
        """Send a request to the API."""
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self._client.http.request(method, path, headers=headers, body=raw)
        return {
            "status": answer.status_code,
            "body": json.loads(answer.body) if answer.body else None,
        }

    def invoke(self, project: str, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function with an event, and a minute to run."""
        ends = time.monotonic() + 60
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: round(1000 * (ends - time.monotonic()))
        )
        return getattr(self._entry_points[project], function)(event, context)

    def mail(self) -> list[str]:
        """Return the e-mails that SES accepted from this version, oldest first."""
        sent = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
        return [one.raw_data for one in sent]

    def _keep_invocation(self, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        function = params["url_path"].split("/functions/")[1].removesuffix("/invocations")
        self._on_invocation((function, json.loads(params["body"])))
        return SimpleNamespace(status_code=202, headers={}), {"StatusCode": 202}


def import_file(name: str, path: Path) -> ModuleType:
    """Import the entry point of a project."""
    spec = importlib.util.spec_from_file_location(f"entry_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
