"""Resumes that other programs wrote are read whole."""

from __future__ import annotations

import io

import docx as python_docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.unit.files_worker.test_hostile_files import read

LINES = [
    *("Zoë Müller-Lucas", "zoe@example.com · +49 221 5550123", "EXPERIENCE"),
    *("2019-2024 Analytical Engine Ltd, Köln", "- Cut the error rate of payments by 40 %"),
    *("EDUCATION", "2013-2018 Universität zu Köln, M.Sc. Mathematics", "Python, C++, SQL"),
]
WORDS = " ".join(LINES).split()


def pdf_resume() -> bytes:
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=A4)
    for page in (LINES[:5], LINES[5:]):
        for number, line in enumerate(page):
            canvas.setFont("Helvetica-Bold" if line.isupper() else "Helvetica", 11)
            canvas.drawString(72, 760 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def docx_resume() -> bytes:
    document = python_docx.Document()
    document.sections[0].header.paragraphs[0].text = LINES[0]
    document.add_paragraph(LINES[1])
    for line in LINES[2:4]:
        document.add_heading(line, 1)
    table = document.add_table(2, 2)
    for number, line in enumerate(LINES[4:]):
        table.cell(number // 2, number % 2).text = line
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


@pytest.mark.parametrize(("kind", "pages"), [("pdf", 2), ("docx", 0)])
def test_resume_of_another_program_is_read_in_order(kind: str, pages: int) -> None:
    content = pdf_resume() if kind == "pdf" else docx_resume()
    answer = read(content, kind)
    assert answer["text"].split() == WORDS
    assert (answer["pages"], answer["truncated"]) == (pages, False)
