"""A resume for a candidate of the demo: a PDF file of one page, uploaded as a browser does it."""

import hashlib
from typing import Any

from infrastructure.local.demo.client import Client


def make_resume(name: str) -> bytes:
    """Return a PDF file with a name and a line of text.

    Args:
        name: a name of ASCII letters.
    """
    text = f"BT /F1 24 Tf 72 760 Td ({name}) Tj 0 -32 Td (Ten years at sea.) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    file, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    return file + trailer + b"startxref\n%d\n%%%%EOF\n" % start


def upload_resume(client: Client, name: str, token: str) -> tuple[dict[str, Any], float]:
    """Upload the resume of a candidate.

    Returns:
        The checked file with its token, and the time of the three requests in milliseconds.

    Raises:
        DemoError: a request failed.
    """
    content = make_resume(name)
    draft = {
        "name": f"Resume of {name}.pdf",
        "type": "pdf",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    started = client.post("/v1/files", draft, token)
    sent = client.send_form(started.body["url"], started.body["fields"], content)
    completed = client.post(f"/v1/files/{started.body['id']}/completion", None, token)
    return completed.body, started.milliseconds + sent.milliseconds + completed.milliseconds
