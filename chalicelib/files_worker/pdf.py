"""Reads the text of PDF files. What they would run is found, and never run."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

# pypdf imports some of its modules only when a page needs them, and then it is too late here.
import pypdf
import pypdf._codecs._codecs
import pypdf.filters
import pypdf.generic
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from chalicelib.files_worker.pdf_actions import has_active_annotations, has_scripts, is_active
from chalicelib.files_worker.refusals import (
    ACTIVE_CONTENT,
    ENCRYPTED,
    NOT_READABLE,
    TOO_COMPLEX,
    Refusal,
)

if TYPE_CHECKING:
    from chalicelib.files_worker.output import TextOutput

# The text of a resume is on its first pages.
MOST_PAGES = 100
_MOST_DECODED = 20_000_000


def configure() -> None:
    """Lower the limits of pypdf, whose own fit long documents."""
    pypdf.overwrite_configuration(
        maximum_declared_stream_length=_MOST_DECODED,
        array_based_stream_maximum_output_length=_MOST_DECODED,
        lzw_maximum_output_length=_MOST_DECODED,
        run_length_maximum_output_length=_MOST_DECODED,
        zlib_maximum_output_length=_MOST_DECODED,
        stream_decoding_work_maximum_length=4 * _MOST_DECODED,
        stream_parsing_work_maximum_count=1_000_000,
        xform_maximum_invocations_per_extraction=1000,
        # It would start a program.
        jbig2dec_binary=None,
        disable_legacy_handling=True,
    )


def read_pdf(file: IO[bytes], output: TextOutput) -> tuple[int, bool]:
    """Read the text of a PDF file.

    Returns:
        The number of its pages, and whether some of them were not read.

    Raises:
        Refusal: the file cannot be read.
    """
    try:
        reader = pypdf.PdfReader(file)
        # Files whose printing is restricted are encrypted with an empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refusal(ENCRYPTED)
        pages = len(reader.pages)
        if is_active(reader.root_object) or has_scripts(reader.root_object):
            raise Refusal(ACTIVE_CONTENT)
    except Refusal:
        raise
    except (DependencyError, FileNotDecryptedError) as error:
        raise Refusal(ENCRYPTED) from error
    except (LimitReachedError, RecursionError) as error:
        raise Refusal(TOO_COMPLEX) from error
    except MemoryError:
        raise
    # pypdf raises many types for damaged files.
    except Exception as error:
        raise Refusal(NOT_READABLE) from error
    return pages, _read_pages(reader, pages, output)


def _read_pages(reader: pypdf.PdfReader, pages: int, output: TextOutput) -> bool:
    """Read pages. Return whether some could not be read; raise Refusal if none could be."""
    failure, found = "", False
    for number in range(min(pages, MOST_PAGES)):
        if output.is_full:
            break
        try:
            page = reader.pages[number]
            if is_active(page) or has_active_annotations(page):
                raise Refusal(ACTIVE_CONTENT)
            text = page.extract_text()
        except Refusal:
            raise
        except (LimitReachedError, RecursionError):
            failure = TOO_COMPLEX
            continue
        except MemoryError:
            raise
        except Exception:  # see read_pdf
            failure = failure or NOT_READABLE
            continue
        found = found or bool(text.strip())
        output.add(f"{text}\n\n")
    if failure and not found:
        raise Refusal(failure)
    return bool(failure) or pages > MOST_PAGES
