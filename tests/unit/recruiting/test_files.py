"""Files: their types by content, their names, the virus scanner, and their tokens."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.bootstrap.clients import s3_client
from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.files.bucket import FileBucket
from chalicelib.recruiting.files.contents import check_content
from chalicelib.recruiting.files.errors import FileRefused, FilesUnavailable
from chalicelib.recruiting.files.models import FileType
from chalicelib.recruiting.files.names import content_disposition, safe_name
from chalicelib.recruiting.files.objects import Description, StoredObject
from chalicelib.recruiting.files.scanner import ClamdScanner
from chalicelib.recruiting.files.tokens import FileTokenService
from chalicelib.web_client.files import upload_url
from tests.support.files import DOCX, ODT, PDF, TXT, describe, zip_of

CONTENTS: dict[FileType, bytes] = {"pdf": PDF, "docx": DOCX, "odt": ODT, "txt": TXT}
# It is harmless: https://www.eicar.org/download-anti-malware-testfile
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize("file_type", CONTENTS)
def test_content_is_accepted_as_its_own_type_only(file_type: FileType) -> None:
    check_content(CONTENTS[file_type], file_type)
    for other in CONTENTS.keys() - {file_type}:
        if (file_type, other) != ("pdf", "txt"):  # This small PDF is also a text.
            with pytest.raises(FileRefused, match=other.upper()):
                check_content(CONTENTS[file_type], other)


def zip64() -> bytes:
    end = DOCX.rindex(b"PK\x05\x06")
    return DOCX[:end] + b"PK\x06\x07" + bytes(16) + DOCX[end:]


def deflated_media_type() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "")
    return file.getvalue()


HOSTILE: dict[str, tuple[FileType, bytes]] = {
    "empty": ("txt", b""),
    "a program": ("pdf", b"MZ\x90\x00" + PDF),
    "a page": ("pdf", b"<html><script>alert(1)</script>" + PDF),
    "a PDF without its end": ("pdf", PDF[:20]),
    "a PDF whose end is far away": ("pdf", PDF + bytes(3000)),
    "Word before 2007, or a password": ("docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "a ZIP without a document": ("docx", zip_of({"[Content_Types].xml": b"", "a.exe": b"MZ"})),
    "a ZIP behind a page": ("docx", b"<html>" + DOCX),
    "half a ZIP": ("docx", DOCX[: len(DOCX) // 2]),
    "a ZIP with a damaged directory": ("docx", DOCX.replace(b"PK\x01\x02", b"PK\x01\x03")),
    "a ZIP64 directory": ("docx", zip64()),
    "a long directory": ("docx", zip_of({f"{n}{'x' * 1000}": b"" for n in range(1000)})),
    "an empty ZIP": ("odt", zip_of({})),
    "a spreadsheet": ("odt", ODT.replace(b"opendocument.text", b"opendocument.sums")),
    "a compressed media type": ("odt", deflated_media_type()),
    "no content": ("odt", ODT.replace(b"content.xml", b"kontent.xml")),
    "a text with NUL": ("txt", b"a\0b"),
    "a text with an escape": ("txt", b"\x1b[31mred"),
    "a picture": ("txt", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    "a byte of no encoding": ("txt", b"Bj\x81rn"),
    "half a character of UTF-16": ("txt", b"\xff\xfea"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_other_content_is_refused(case: str) -> None:
    file_type, content = HOSTILE[case]
    with pytest.raises(FileRefused) as refused:
        check_content(content, file_type)
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_has_the_encoding_of_its_editor(encoding: str) -> None:
    check_content("Bjørn\r\n".encode(encoding), "txt")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("resume.pdf", "resume.pdf"),
        ("Resume.PDF", "Resume.pdf"),
        ("履歴書 2026.pdf", "履歴書 2026.pdf"),
        ("cv.exe", "cv.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie x=1.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe.pdf"),
        ("a\u2066b\u200fc\u061c\ufeff.pdf", "abc.pdf"),
        ("a\x00b\x7f\x1b.pdf", "ab.pdf"),
        ("...", "file.pdf"),
        (" .pdf", "file.pdf"),
        ('a"b;c.pdf', "abc.pdf"),
        ("\ud800.pdf", "file.pdf"),
    ],
)
def test_name_becomes_safe(name: str, safe: str) -> None:
    assert safe_name(name, "pdf") == safe


def test_long_name_keeps_its_end_and_whole_characters() -> None:
    name = safe_name("é" * 200 + ".docx", "docx")
    assert name == "é" * 97 + ".docx"
    assert len(name.encode()) <= 200


def test_disposition_has_one_line_of_ascii() -> None:
    header = content_disposition("Ærlig €cv€ 100\\.pdf")
    assert header.isascii()
    assert header.isprintable()
    assert header == (
        'attachment; filename="_rlig _cv_ 100_.pdf"; '
        "filename*=UTF-8''%C3%86rlig%20%E2%82%ACcv%E2%82%AC%20100%5C.pdf"
    )


class FakeClamd:
    """A server of the protocol of clamd that knows one virus."""

    def __init__(self, reply: bytes | None = None) -> None:
        self._reply = reply
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.scanned: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        try:
            while True:
                connection, _ = self._server.accept()
                with connection, connection.makefile("rwb") as stream:
                    stream.write(self._answer(stream))
        except OSError:
            return

    def _answer(self, stream: Any) -> bytes:
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(stream.read(4), "big"):
            content += stream.read(size)
        self.scanned.append(content)
        if self._reply is not None:
            return self._reply
        return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


MakeClamd = Callable[..., FakeClamd]


@pytest.fixture
def make_clamd() -> Iterator[MakeClamd]:
    made: list[FakeClamd] = []

    def make(reply: bytes | None = None) -> FakeClamd:
        made.append(FakeClamd(reply))
        return made[-1]

    yield make
    for clamd in made:
        clamd.close()


def test_scanner_finds_the_test_virus_in_a_long_file(make_clamd: MakeClamd) -> None:
    clamd = make_clamd()
    scanner = ClamdScanner(clamd.address)
    padding = bytes(100_000)
    assert scanner.scan(padding)
    with pytest.raises(FileRefused, match="virus"):
        scanner.scan(padding + EICAR + padding)
    assert clamd.scanned == [padding, padding + EICAR + padding]


@pytest.mark.parametrize(
    "reply", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but not quite\0"]
)
def test_unclear_answer_of_the_scanner_is_no_success(make_clamd: MakeClamd, reply: bytes) -> None:
    with pytest.raises(FilesUnavailable):
        ClamdScanner(make_clamd(reply).address).scan(PDF)


def test_unreachable_scanner_is_unavailable() -> None:
    with pytest.raises(FilesUnavailable):
        ClamdScanner("127.0.0.1:1").scan(PDF)


@pytest.mark.parametrize("address", ["clamd", "clamd:", ":3310", "clamd://x:y"])
def test_invalid_address_of_the_scanner_is_reported(address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        ClamdScanner(address)


NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


def token_service(now: datetime = NOW, key: str = "s") -> FileTokenService:
    return FileTokenService(DerivedKey(key, "file"), lambda: now)


def token_of(service: FileTokenService, owner: str = "ada", file_id: str = "f") -> str:
    stored = StoredObject(Description("cv.pdf", "pdf", "ab" * 32), 9, NOW)
    completed = service.issue(owner, file_id, stored)
    assert completed
    return completed.token


def test_token_names_the_file_until_it_expires() -> None:
    token = token_of(token_service())
    [file] = token_service(NOW + timedelta(hours=22)).read("ada", [token], {})
    assert (file.id, file.name, file.type, file.bytes) == ("f", "cv.pdf", "pdf", 9)
    assert file.sha256 == "ab" * 32
    with pytest.raises(InvalidField, match=r"files\[0\]: It has expired"):
        token_service(NOW + timedelta(hours=23)).read("ada", [token], {})
    stored = StoredObject(Description("cv.pdf", "pdf", "ab" * 32), 9, NOW)
    assert token_service(NOW + timedelta(hours=23)).issue("ada", "f", stored) is None


def test_token_of_another_candidate_or_key_is_refused() -> None:
    own, other = token_of(token_service()), token_of(token_service(), "bob", "g")
    forged = [token_of(token_service(key="t")), own[:-1] + "x", "x", "", own.partition(".")[0]]
    for wrong in (other, *forged):
        with pytest.raises(InvalidField, match=r"files\[1\]: It is not"):
            token_service().read("ada", [own, wrong], {})


def test_token_is_used_once_in_an_application() -> None:
    own = token_of(token_service())
    with pytest.raises(InvalidField, match=r"files\[1\]: It is there twice"):
        token_service().read("ada", [own, own], {})


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_REGION": "eu-central-1"},
        {"AWS_DEFAULT_REGION": "us-east-1"},
        {"AWS_REGION": "us-west-2", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
    ],
)
def test_browsers_may_send_files_where_the_forms_lead(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    environ = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", **environ}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    client = s3_client(attempts=1)
    bucket = FileBucket(lambda: client, "hirelane-files-test")
    allowed = upload_url({**environ, "HIRELANE_FILES_BUCKET": "hirelane-files-test"})
    assert bucket.upload_form("ada", "f", describe(PDF)).url.rstrip("/") == allowed
    assert bucket.link("ada", "f", "cv.pdf").url.startswith(f"{allowed}/files/ada/f?")


def test_without_a_bucket_browsers_may_send_files_nowhere() -> None:
    assert upload_url({"AWS_REGION": "eu-central-1"}) == ""
    with pytest.raises(FilesUnavailable):
        FileBucket(lambda: None, "").upload_form("ada", "f", describe(PDF))
