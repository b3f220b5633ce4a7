"""Files that try to stop, to mislead or to use whoever reads them. Each is made here."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
MARK = "Ada Lovelace"
# `make kill` reads larger bombs.
SHORT = "HIRELANE_KILLS" not in os.environ
_PAGE_TEXT = f"BT /F1 12 Tf 72 700 Td ({MARK}) Tj ET".encode()


def pdf(objects: Iterable[bytes], trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """Return a PDF file with these objects, numbered from 1; the first one is the root."""
    content, offsets = b"%PDF-" + version + b"\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start, size = len(content), len(offsets) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    content += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, trailer)
    return content + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), dictionary, content)


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def page(contents: bytes = b"/Contents 4 0 R", more: bytes = b"") -> bytes:
    """Return a page, whose parent is object 2 and whose font is object 5."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s "
        b"/Resources << /Font << /F1 5 0 R >> %s >> >>" % (contents, more)
    )


def one_page(
    root: bytes = b"", text: bytes = b"", more: bytes = b"", objects: Iterable[bytes] = ()
) -> bytes:
    """Return a file with one page. Further objects are numbered from 6."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R %s >>" % root
    return pdf([catalog, PAGES, page(more=more), text or stream(_PAGE_TEXT), FONT, *objects])


def flate(content: bytes, rounds: int = 1) -> bytes:
    """Return a stream that was compressed several times."""
    for _ in range(rounds):
        content = zlib.compress(content, 9)
    return stream(content, b"/Filter [%s]" % (b"/FlateDecode " * rounds))


def zeros(megabytes: int) -> bytes:
    """Return compressed zeros; they are compressed in parts, to save memory."""
    compressor, chunk = zlib.compressobj(9), bytes(1_000_000)
    return b"".join([*(compressor.compress(chunk) for _ in range(megabytes)), compressor.flush()])


def object_stream_bomb() -> bytes:
    """Return a file whose root is in a stream that is many zeros without compression."""
    bomb = stream(
        zeros(60 if SHORT else 1000), b"/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode"
    )
    content = b"%PDF-1.7\n2 0 obj\n" + bomb + b"\nendobj\n"
    start = len(content)
    # The first entry is free, the second one is in object 2, the third one is object 2.
    rows = b"\0\0\0\0\0\2\0\0\2\0\1\0\0\x09\0" + b"\1" + start.to_bytes(3) + b"\0"
    table = stream(rows, b"/Type /XRef /Size 4 /W [1 3 1] /Root 1 0 R")
    return content + b"3 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF" % start


def nested_forms(depth: int, width: int) -> bytes:
    """Return a page whose form shows the next form several times, and so on."""
    forms = []
    for level in range(depth):
        uses = b"/Fm Do " * width if level < depth - 1 else b""
        shown = b"/Resources << /XObject << /Fm %d 0 R >> >>" % (7 + level)
        forms.append(stream(uses, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] %s" % shown))
    forms.append(FONT)
    content = stream(_PAGE_TEXT + b" /Fm Do")
    return one_page(text=content, more=b"/XObject << /Fm 6 0 R >>", objects=forms)


def pdf_with_page(entries: bytes) -> bytes:
    """Return a file whose page has these entries."""
    return one_page().replace(b"/Type /Page ", b"/Type /Page %s " % entries, 1)


def encrypted_archive() -> bytes:
    """Return a document whose directory says that its parts are encrypted."""
    content = bytearray(docx(run(MARK)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def many_pages(count: int) -> bytes:
    """Return a file with many pages, all with the same text."""
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(count))
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    leaf = page(b"/Contents 3 0 R").replace(b"/F1 5 0 R", b"/F1 4 0 R")
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", tree, stream(_PAGE_TEXT), FONT]
    return pdf([*objects, *[leaf] * count])


def encrypted_pdf() -> bytes:
    """Return a file that needs a password."""
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return content.getvalue()


def docx(body: str, prolog: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """Return a Word document with this body."""
    xml = f'<?xml version="1.0"?>{prolog}<w:document {W}><w:body>{body}</w:body></w:document>'
    return archive({"word/document.xml": xml.encode(), **(parts or {})})


def odt(body: str, prolog: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """Return an OpenDocument text with this body."""
    xml = (
        f'<?xml version="1.0"?>{prolog}<office:document-content {ODF}><office:body>'
        f"<office:text>{body}</office:text></office:body></office:document-content>"
    )
    return archive({"content.xml": xml.encode(), **(parts or {})})


def laughs(levels: int = 10) -> str:
    """Return a document type whose last entity is 10^levels words."""
    entities = "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels)
    )
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>'


def huge_part(name: str, before: bytes, filler: bytes, megabytes: int) -> bytes:
    """Return an archive whose part is long, but short when compressed."""
    times = megabytes * 1_000_000 // len(filler)
    return archive({name: before + filler * times})


def one_gigabyte(name: str) -> bytes:
    """Return an archive of 1 MB whose part is 1 GB of spaces in an element."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open(name, "w") as part,
    ):
        part.write(b"<a>")
        for _ in range(100 if SHORT else 1000):
            part.write(b" " * 1_000_000)
    return content.getvalue()


def lying_archive() -> bytes:
    """Return a document whose directory says that its part is short."""
    content = bytearray(docx("<w:p/>" * 200_000))
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, directory + 24, 10)
    return bytes(content)


def overlapping_archive() -> bytes:
    """Return an archive with many entries for the same bytes."""
    content = docx(f"<w:p><w:r><w:t>{MARK}</w:t></w:r></w:p>")
    start = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entry = content[start:end]
    count = 6000
    tail = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0
    )
    return content[:start] + entry * count + tail


def run(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_ACTION = b"/OpenAction << /S /%s /%s >>"
_LINK = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="r1" TargetMode="External" Target="http://127.0.0.1:9/x" Type="image"/>'
    b"</Relationships>"
)
_LOOP = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
_EVEN, _ODD = b"[" * 50_000, b"<<" * 50_000

# The expected result is a reason, or part of the text: what is dangerous is not looked at.
Hostile = tuple[str, Callable[[], bytes], str]
HOSTILE: dict[str, Hostile] = {
    "javascript": (
        "pdf",
        lambda: one_page(_ACTION % (b"JavaScript", b'JS (app.alert\\("x"\\))')),
        "active-content",
    ),
    "launch": ("pdf", lambda: one_page(_ACTION % (b"Launch", b"F (/bin/sh)")), "active-content"),
    "submit form": (
        "pdf",
        lambda: one_page(_ACTION % (b"SubmitForm", b"F (http://127.0.0.1:9)")),
        "active-content",
    ),
    "embedded program": (
        "pdf",
        lambda: one_page(b"/Names << /EmbeddedFiles << /Names [(a.exe) 6 0 R] >> >>"),
        MARK,
    ),
    "script by name": (
        "pdf",
        lambda: one_page(b"/Names << /JavaScript << /Names [(a) 6 0 R] >> >>"),
        "active-content",
    ),
    "script in a chain of actions": (
        "pdf",
        lambda: one_page(
            b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [6 0 R] >>",
            objects=[b"<< /S /JavaScript /JS (app.beep\\(\\)) >>"],
        ),
        "active-content",
    ),
    "script when a page closes": (
        "pdf",
        lambda: pdf_with_page(b"/AA << /C << /S /JavaScript /JS (1) >> >>"),
        "active-content",
    ),
    "program behind a link": (
        "pdf",
        lambda: pdf_with_page(b"/Annots [<< /Subtype /Link /A << /S /Launch /F (cmd.exe) >> >>]"),
        "active-content",
    ),
    "film that plays": (
        "pdf",
        lambda: pdf_with_page(b"/Annots [<< /Subtype /RichMedia >>]"),
        "active-content",
    ),
    "loop of actions": (
        "pdf",
        lambda: one_page(b"/OpenAction 6 0 R", objects=[b"<< /S /GoTo /Next 6 0 R >>"]),
        MARK,
    ),
    "ordinary link": (
        "pdf",
        lambda: pdf_with_page(
            b"/Annots [<< /Subtype /Link /A << /S /URI /URI (https://a.example) >> >>]"
        ),
        MARK,
    ),
    "external stream": (
        "pdf",
        lambda: one_page(text=stream(b"", b"/F (/etc/passwd)")),
        "no-text",
    ),
    "thousands of pages": ("pdf", lambda: many_pages(2000 if SHORT else 10_000), MARK),
    "loop in the page tree": ("pdf", lambda: pdf(_LOOP), "not-readable"),
    "loop in the xref": (
        "pdf",
        lambda: one_page().replace(b"/Size 6", b"/Prev %d /Size 6" % one_page().index(b"xref")),
        MARK,
    ),
    "loop of references": (
        "pdf",
        lambda: one_page(text=b"6 0 R", objects=[b"4 0 R"]),
        "no-text",
    ),
    "loop of forms": (
        "pdf",
        lambda: one_page(
            text=stream(_PAGE_TEXT + b" /Fm Do"),
            more=b"/XObject << /Fm 6 0 R >>",
            objects=[
                stream(b"/Fm Do", b"/Subtype /Form /Resources << /XObject << /Fm 6 0 R >> >>")
            ],
        ),
        MARK,
    ),
    "forms that multiply": ("pdf", lambda: nested_forms(12, 12), MARK),
    "deep arrays": ("pdf", lambda: one_page(b"/X " + _EVEN), "not-readable"),
    "deep dictionaries": ("pdf", lambda: one_page(b"/X " + _ODD), MARK),
    "deep content": (
        "pdf",
        lambda: one_page(text=stream(_EVEN + b" TJ")),
        "too-complex",
    ),
    "compressed twice": (
        "pdf",
        lambda: one_page(
            text=stream(
                zlib.compress(zeros(60 if SHORT else 1000)), b"/Filter [/FlateDecode /FlateDecode]"
            )
        ),
        "too-complex",
    ),
    "bomb in an object stream": (
        "pdf",
        object_stream_bomb,
        "too-complex",
    ),
    "seventeen filters": ("pdf", lambda: one_page(text=flate(_PAGE_TEXT, 17)), "too-complex"),
    "huge length": (
        "pdf",
        lambda: one_page(text=b"<< /Length 99999999999 >>\nstream\nx\nendstream"),
        "too-complex",
    ),
    "password": ("pdf", encrypted_pdf, "encrypted"),
    "no page tree": ("pdf", lambda: pdf([b"<< /Type /Catalog >>"]), "not-readable"),
    "only a header": ("pdf", lambda: b"%PDF-1.7\n", "not-readable"),
    "picture only": ("pdf", lambda: one_page(text=stream(b"0 0 9 9 re f")), "no-text"),
    "a web page named PDF": ("pdf", lambda: b"<script>alert(1)</script>", "not-readable"),
    "docx with an external entity": ("docx", lambda: docx(run("&e;"), XXE), "not-readable"),
    "docx with a billion laughs": ("docx", lambda: docx(run("&l9;"), laughs()), "not-readable"),
    "docx with an external picture": (
        "docx",
        lambda: docx(run(MARK), parts={"word/_rels/document.xml.rels": _LINK}),
        MARK,
    ),
    "docx with macros": (
        "docx",
        lambda: docx(run(MARK), parts={"word/vbaProject.bin": b"x"}),
        "macros",
    ),
    "docx of 1 GB": ("docx", lambda: one_gigabyte("word/document.xml"), "too-complex"),
    "docx with many elements": (
        "docx",
        lambda: huge_part("word/document.xml", b"<a>", b"<b/>", 30),
        "too-complex",
    ),
    "docx with a long name": (
        "docx",
        lambda: huge_part("word/document.xml", b"<", b"a" * 1000, 30),
        "too-complex",
    ),
    "docx with deep elements": (
        "docx",
        lambda: archive({"word/document.xml": b"<a>" * 100_000}),
        "too-complex",
    ),
    "docx with a lying directory": ("docx", lying_archive, "not-readable"),
    "docx with overlapping entries": ("docx", overlapping_archive, "too-complex"),
    "docx with a path": ("docx", lambda: docx(run(MARK), parts={"../../etc/x": b"x"}), MARK),
    "docx with a path to Windows": (
        "docx",
        lambda: docx(run(MARK), parts={"..\\\\..\\\\run\r\nX: \u202e.bat": b"x"}),
        MARK,
    ),
    "docx with data of macros": (
        "docx",
        lambda: docx(run(MARK), parts={"WORD/VBADATA.XML": b"<x/>"}),
        "macros",
    ),
    "docx with a control": (
        "docx",
        lambda: docx(run(MARK), parts={"word/activeX/activeX1.bin": b"x"}),
        "active-content",
    ),
    "docx with a command in a field": (
        "docx",
        lambda: docx(f"<w:p><w:r><w:instrText>DDEAUTO cmd</w:instrText></w:r></w:p>{run(MARK)}"),
        MARK,
    ),
    "docx with an unknown compression": (
        "docx",
        lambda: docx(run(MARK)).replace(b"\x08\x00", b"\x63\x00"),
        "not-readable",
    ),
    "docx with parts that are encrypted": ("docx", encrypted_archive, "encrypted"),
    "docx in another container": ("docx", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "not-readable"),
    "docx that is a spreadsheet": (
        "docx",
        lambda: archive({"xl/workbook.xml": b"<x/>"}),
        "not-readable",
    ),
    "docx in an unknown encoding": (
        "docx",
        lambda: archive({"word/document.xml": b"<?xml version='1.0' encoding='x-no'?><a/>"}),
        "not-readable",
    ),
    "docx after a PDF file": ("docx", lambda: one_page() + docx(run(MARK)), MARK),
    "pdf before a docx": ("pdf", lambda: one_page() + docx(run("x")), MARK),
    "pdf named docx": ("docx", one_page, "not-readable"),
    "docx named pdf": ("pdf", lambda: docx(run(MARK)), "not-readable"),
    "odt with a script": (
        "odt",
        lambda: odt(f"<text:p>{MARK}</text:p>", parts={"Scripts/python/a.py": b"1"}),
        "macros",
    ),
    "odt with deep elements": (
        "odt",
        lambda: archive({"content.xml": b"<a>" * 100_000}),
        "too-complex",
    ),
    "odt with an external entity": (
        "odt",
        lambda: odt("<text:p>&e;</text:p>", XXE),
        "not-readable",
    ),
    "odt with a billion laughs": (
        "odt",
        lambda: odt("<text:p>&l9;</text:p>", laughs()),
        "not-readable",
    ),
    "odt with a macro": (
        "odt",
        lambda: odt(f"<text:p>{MARK}</text:p>", parts={"Basic/Standard/M.xml": b"<x/>"}),
        "macros",
    ),
    "odt with a password": (
        "odt",
        lambda: odt("<text:p/>", parts={"META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
        "encrypted",
    ),
    "not a zip": ("odt", lambda: b"PK\x03\x04" + bytes(500), "not-readable"),
    "nothing": ("txt", lambda: b"", "no-text"),
    "only zeros": ("txt", lambda: bytes(10_000), "no-text"),
    "a program named text": ("txt", lambda: b"\x7fELF" + bytes(range(32)) * 100, "not-readable"),
    "text with control characters": (
        "txt",
        lambda: f"\x1b]0;x\x07{MARK}\u202e gnp.exe\u2066\x00".encode() + b" " * 99,
        MARK,
    ),
    "a web page": ("txt", lambda: f"<script>alert(1)</script>{MARK}".encode(), MARK),
    "half a character": ("txt", lambda: MARK.encode() + b"\xf0\x9f", MARK),
    "an archive named text": ("txt", lambda: docx(run(MARK) * 50), "not-readable"),
    "combining characters": (
        "txt",
        lambda: ("a" + "\u0301\u0323" * 90_000).encode(),
        "too-complex",
    ),
}
