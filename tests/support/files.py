"""Files of candidates, in a bucket of moto."""

from __future__ import annotations

import hashlib
import io
import urllib.error
import urllib.request
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.bootstrap import clients
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.files_worker.bucket import BucketReader
from chalicelib.files_worker.service import TextService
from chalicelib.recruiting.files.models import FileDraft, FileType
from chalicelib.recruiting.files.objects import (
    DESCRIPTION,
    UPLOADS,
    Description,
    StoredObject,
    object_key,
)

if TYPE_CHECKING:
    import pytest

    from chalicelib.bootstrap.container import Container
    from tests.support.deployment import Candidate, Deployment

BUCKET = "hirelane-files-test"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"
TXT = "I build boats, and røde seil.\r\n".encode()


def zip_of(parts: dict[str, bytes]) -> bytes:
    """Return a ZIP file with these parts, uncompressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


DOCX = zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})
ODT = zip_of({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})


@cache
def _s3() -> Any:
    # One for all tests, because it takes longer to make than most of them.
    return clients.s3_client(attempts=1)


def use_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the containers of a test have a bucket, which is created when S3 is used."""
    monkeypatch.setenv("HIRELANE_FILES_BUCKET", BUCKET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = _s3()

    def client_with_bucket(*, attempts: int) -> Any:
        client.create_bucket(Bucket=BUCKET)
        return client

    monkeypatch.setattr(clients, "s3_client", client_with_bucket)


class FileReader:
    """A client of Lambda that has only the function of files, in this process."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        event = msgspec.json.decode(Payload)
        self.events.append(event)
        answer = TextService(BucketReader(BUCKET, _s3)).answer(event)
        return {"Payload": io.BytesIO(msgspec.json.encode(answer))}


def describe(
    content: bytes, file_type: FileType = "pdf", name: str = "resume.pdf", sha256: str = ""
) -> FileDraft:
    """Return what a browser announces of a file."""
    digest = sha256 or hashlib.sha256(content).hexdigest()
    return FileDraft(name, file_type, max(1, len(content)), digest)


def upload(parts: Container, candidate_id: str, content: bytes = PDF, **about: Any) -> str:
    """Upload a file as a browser does with its form. Return the id of the file."""
    form = parts.files.upload_service.start(candidate_id, describe(content, **about))
    put_upload(parts, candidate_id, form.id, content, form.fields[f"x-amz-meta-{DESCRIPTION}"])
    return form.id


def put_upload(
    parts: Container, candidate_id: str, file_id: str, content: bytes, description: str = ""
) -> None:
    """Write an upload into the bucket."""
    default = Description("resume.pdf", "pdf", hashlib.sha256(content).hexdigest())
    parts.files.s3.put_object(
        Bucket=BUCKET,
        Key=object_key(UPLOADS, candidate_id, file_id),
        Body=content,
        Metadata={DESCRIPTION: description or default.to_text()},
    )


def attachable(parts: Container, candidate_id: str, content: bytes = PDF, **about: Any) -> str:
    """Upload a file and complete the upload. Return its token."""
    file_id = upload(parts, candidate_id, content, **about)
    return parts.files.upload_service.complete(candidate_id, file_id).token


def file_token(parts: Container, candidate_id: str, name: str) -> str:
    """Return the token of a new file that was never uploaded; its type is the end of its name."""
    file_type = msgspec.convert(name.rpartition(".")[2], FileType)
    stored = StoredObject(Description(name, file_type, "ab" * 32), 9, times.now())
    completed = parts.files.tokens.issue(candidate_id, new_id(), stored)
    assert completed
    return completed.token


def attach(deployed: Deployment, candidate: Candidate, name: str, content: bytes = PDF) -> str:
    """Upload a file to the deployed system. Return its token."""
    draft = msgspec.to_builtins(describe(content, name=name))
    form = deployed.call("POST", "/v1/files", draft, candidate.token).body
    assert send_form(form, content) == 204
    path = f"/v1/files/{form['id']}/completion"
    token: str = deployed.call("POST", path, None, candidate.token).body["token"]
    return token


def send_form(form: dict[str, Any], content: bytes, **changes: str) -> int:
    """Send the form of an upload as a browser does. Return the status."""
    boundary = "boundary-of-a-form"
    fields = {**form["fields"], **changes}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    request = urllib.request.Request(
        form["url"], body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def keys(parts: Container) -> list[str]:
    """Return the keys of all objects of the bucket."""
    return [one.key for one in parts.files.bucket.page("", "")]
