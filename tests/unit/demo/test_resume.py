"""The resumes of the demo are files that the API accepts, and that readers can read."""

from __future__ import annotations

import io

from pypdf import PdfReader

from chalicelib.recruiting.files.contents import check_content
from infrastructure.local.demo.resume import make_resume


def test_resume_is_a_readable_pdf_file() -> None:
    content = make_resume("Ada")
    check_content(content, "pdf")
    [page] = PdfReader(io.BytesIO(content), strict=True).pages
    assert page.extract_text() == "Ada\nTen years at sea."
