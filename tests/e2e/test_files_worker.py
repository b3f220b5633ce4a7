"""The deployed function that reads the text of files, and the jobs that invoke it."""

from __future__ import annotations

import base64
import json
from typing import Any

from pymongo.database import Database

from tests.e2e.steps import sweep
from tests.support.assertions import wait_for
from tests.support.deployment import Deployment, Join, Publish
from tests.support.stored_files import BUCKET, apply_with_files
from tests.unit.files_worker.hostile_files import HOSTILE, MARK, one_page
from tests.unit.files_worker.test_europass import CANDIDATE, FROM_CANDIDATE

FUNCTION = "hirelane-files-local-text"
BOMB = "compressed twice"


def test_deployed_function_returns_texts_and_reasons(deployed: Deployment) -> None:
    s3, functions = deployed.aws("s3"), deployed.aws("lambda")
    s3.put_object(Bucket=BUCKET, Key="files/nobody/resume", Body=one_page())
    expected = {"missing": {"refused": "missing"}, "resume": {"text": MARK}}
    for name, answer in expected.items():
        event = json.dumps({"key": f"files/nobody/{name}", "type": "pdf"})
        invoked = functions.invoke(FunctionName=FUNCTION, Payload=event)
        assert answer.items() <= json.loads(invoked["Payload"].read()).items()
    event = json.dumps(
        {"type": "europass", "content": base64.b64encode(CANDIDATE.encode()).decode()}
    )
    invoked = functions.invoke(FunctionName=FUNCTION, Payload=event)
    assert json.loads(invoked["Payload"].read())["resume"] == FROM_CANDIDATE
    settings = functions.get_function_configuration(FunctionName=FUNCTION)
    own = {name for name in settings["Environment"]["Variables"] if name.startswith("HIRELANE_")}
    assert own == {"HIRELANE_FILES_BUCKET"}


def test_text_of_an_attached_file_is_stored_beside_a_bomb(
    deployed: Deployment, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    contents = {"bomb.pdf": HOSTILE[BOMB][1](), "resume.pdf": one_page()}
    application, [bomb, resume] = apply_with_files(deployed, join(), publish(), contents)
    sweep(deployed, "applications")

    def extractions() -> Any:
        stored = database["applications"].find_one({"_id": application}) or {}
        return stored.get("file_extractions", {})

    read = wait_for(extractions, lambda found: len(found) == len(contents))
    assert read[bomb]["reason"] == "too-complex"
    assert read[resume]["state"] == "ready"
    stored = database["applications"].find_one({"_id": application})
    assert stored
    assert stored["file_texts"] == {resume: MARK}
