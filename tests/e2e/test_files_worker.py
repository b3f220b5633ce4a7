"""The deployed function that reads the text of files."""

from __future__ import annotations

import json

from tests.support.deployment import Deployment
from tests.unit.files_worker.hostile_files import HOSTILE, MARK, one_page

FUNCTION = "hirelane-files-local-text"
BUCKET = "hirelane-files-local"


def test_deployed_function_returns_texts_and_reasons(deployed: Deployment) -> None:
    s3, functions = deployed.aws("s3"), deployed.aws("lambda")
    s3.create_bucket(Bucket=BUCKET)
    hostile = HOSTILE["compressed twice"][1]()
    expected: dict[str, dict[str, object]] = {
        "nobody/missing": {"refused": "missing"},
        "nobody/bomb": {"refused": "too-complex"},
    }
    expected["nobody/resume"] = {"text": MARK, "truncated": False, "pages": 1}
    for name, content in {"bomb": hostile, "resume": one_page()}.items():
        s3.put_object(Bucket=BUCKET, Key=f"files/nobody/{name}", Body=content)
    answers = {}
    # The bomb comes before the resume, which the same environment reads.
    for name in expected:
        event = json.dumps({"key": f"files/{name}", "type": "pdf"})
        answer = functions.invoke(FunctionName=FUNCTION, Payload=event)
        answers[name] = json.loads(answer["Payload"].read())
    assert answers == expected
    settings = functions.get_function_configuration(FunctionName=FUNCTION)
    own = {name for name in settings["Environment"]["Variables"] if name.startswith("HIRELANE_")}
    assert own == {"HIRELANE_FILES_BUCKET"}
