"""The first accept of an environment of the API."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.stores import Stores

# Accepts an application in a new process, and prints the modules that were imported for it.
PROGRAM = """
import json, sys
import app
started = set(sys.modules)
from benchmarks.contest import Task
from benchmarks.contestants.environment import LambdaContext, api_event, make_container
from chalicelib.auth.models import Caller, Role
from chalicelib.common.ids import new_id

container = make_container(Task(redis_url=sys.argv[1], mongodb_uri=sys.argv[2]))
posting = new_id()
container.recruiting.lanes.open_gate(posting)
token = container.auth.access_tokens.issue(Caller(new_id(), Role.CANDIDATE, new_id()))
path, body = "/v1/postings/{posting_id}/applications", {"cover_letter": "Hello"}
event = api_event("POST", path, token, path={"posting_id": posting}, body=body)
status = app.app(event, LambdaContext())["statusCode"]
ours = {name for name in sys.modules if name.startswith("chalicelib")}
clients = {"pymongo", "aws_lambda_powertools"} & sys.modules.keys()
print(json.dumps({"status": status, "imported": sorted((ours | clients) - started)}))
"""


def test_first_accept_imports_no_module(stores: Stores) -> None:
    """Lambda gives a function less processor time while it answers than while it starts."""
    command = [sys.executable, "-c", PROGRAM, stores.redis_url, stores.mongodb_uri]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(output.splitlines()[-1]) == {"status": 202, "imported": []}
