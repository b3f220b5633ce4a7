"""Files through the deployed system: the form of S3, the functions, and the link."""

from __future__ import annotations

import hashlib
import urllib.parse
import urllib.request
from typing import Any

from pymongo.database import Database

from tests.e2e.steps import follow
from tests.support.deployment import Deployment, Join, Publish
from tests.support.files import PDF, send_form


def test_uploaded_file_is_attached_and_downloaded(
    deployed: Deployment, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    ada = join()
    draft = {
        "name": "résumé.pdf",
        "type": "pdf",
        "bytes": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }
    form = deployed.call("POST", "/v1/files", draft, ada.token).body
    bucket = urllib.parse.urlsplit(form["url"])
    with urllib.request.urlopen(f"{deployed.api}/") as page:
        policy = page.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {bucket.geturl()};" in policy

    other_key = form["fields"]["key"].replace(ada.id, "other")
    assert send_form(form, PDF, key=other_key) == 403
    assert send_form(form, PDF, **{"Content-Type": "text/html"}) == 403
    assert send_form(form, PDF + b"\n") == 400
    assert send_form(form, PDF) == 204
    path = f"/v1/files/{form['id']}/completion"
    completed = deployed.call("POST", path, None, ada.token)
    assert completed.status == 200, completed.body
    assert deployed.call("POST", path, None, ada.token).body == completed.body

    copied = deployed.call("POST", f"/v1/files/{form['id']}/copy", None, ada.token)
    assert copied.status == 201, copied.body
    assert copied.body["sha256"] == draft["sha256"]

    accepted = deployed.apply(ada, publish(), files=[completed.body["token"]])
    assert accepted.status == 202, accepted.body
    follow(deployed, ada, accepted.body["id"])
    stored = database["applications"].find_one({"_id": accepted.body["id"]})
    assert stored
    assert stored["files"] == [{"id": form["id"], **draft, "question_id": ""}]

    link = deployed.call("GET", f"/v1/files/{form['id']}/content", token=ada.token).body["url"]
    with urllib.request.urlopen(link) as file:
        assert file.read() == PDF
        assert file.headers["Content-Type"] == "application/octet-stream"
        assert file.headers["Content-Disposition"].startswith("attachment; ")
        assert "r%C3%A9sum%C3%A9.pdf" in file.headers["Content-Disposition"]
