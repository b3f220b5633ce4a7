"""The process that reads one file, and dies of it if it must.

Standard input is the file, standard output receives the answer as JSON. The arguments are the type
of the file, the processor time in seconds, and the folders of the modules: the process starts
without those of the system, and without an environment.
"""

from __future__ import annotations

import sys

# Only in the process itself: a test imports all modules, and others need these libraries then.
if __name__ == "__main__":
    sys.path.extend(sys.argv[3:])
    # pypdf would use them if they were there. The function's package does not have them.
    sys.modules |= dict.fromkeys(("PIL", "cryptography", "Crypto", "fontTools"))  # type: ignore[arg-type]

import codecs
import json
import logging
import os
from typing import Any

from chalicelib.files_worker import child_limits
from chalicelib.files_worker.output import TextOutput
from chalicelib.files_worker.refusals import (
    NO_TEXT,
    NOT_READABLE,
    TOO_COMPLEX,
    Refusal,
)

# Those of plain text, and of fonts in PDF files. Later nothing can be imported.
_ENCODINGS = (
    *("utf_8", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),
    *(
        "ascii",
        "latin_1",
        "cp437",
        "cp1252",
        "charmap",
        "raw_unicode_escape",
        "unicode_escape",
        "mac_roman",
    ),
    *("gbk", "gb2312", "gb18030", "cp932", "cp949", "cp950", "big5", "shift_jis", "euc_jp"),
    *("euc_kr", "johab", "iso2022_jp"),
)


def main() -> None:
    """Read the file and write the answer."""
    child_limits.apply_memory_and_time_limits(int(sys.argv[2]))
    logging.disable()
    answer = json.dumps(_answer(sys.argv[1]), ensure_ascii=False).encode()
    with os.fdopen(1, "wb", closefd=False) as output:
        output.write(answer)


def _answer(kind: str) -> dict[str, Any]:
    try:
        return _read(kind)
    except Refusal as refusal:
        return {"refused": refusal.reason}
    except (MemoryError, RecursionError):
        return {"refused": TOO_COMPLEX}
    except Exception:
        # A library failed in a way that its documentation does not mention.
        return {"refused": NOT_READABLE}


def _read(kind: str) -> dict[str, Any]:
    output, pages, is_partial = TextOutput(), 0, False
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    # Each type imports only what it needs.
    if kind == "pdf":
        from chalicelib.files_worker import pdf

        pdf.configure()
        child_limits.forbid_files_sockets_and_processes()
        with os.fdopen(0, "rb", closefd=False) as file:
            pages, is_partial = pdf.read_pdf(file, output)
    elif kind in ("docx", "odt"):
        from chalicelib.files_worker import packages

        child_limits.forbid_files_sockets_and_processes()
        read = packages.read_docx if kind == "docx" else packages.read_odt
        with os.fdopen(0, "rb", closefd=False) as file:
            read(file, output)
    elif kind == "txt":
        from chalicelib.files_worker import plain_text

        child_limits.forbid_files_sockets_and_processes()
        with os.fdopen(0, "rb", closefd=False) as file:
            plain_text.read_plain_text(file, output)
    elif kind == "europass":
        from chalicelib.files_worker import europass

        child_limits.forbid_files_sockets_and_processes()
        with os.fdopen(0, "rb", closefd=False) as file:
            return europass.read_europass(file)
    else:
        raise Refusal(NOT_READABLE)
    text, is_cut = output.finish()
    if not text:
        raise Refusal(NO_TEXT)
    return {"text": text, "truncated": is_cut or is_partial, "pages": pages}


if __name__ == "__main__":
    main()
