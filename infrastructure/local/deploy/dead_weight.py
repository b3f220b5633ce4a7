"""The files of dependencies that no function uses, which the packages leave out.

A package is loaded into each new environment, and Lambda limits its size. The end-to-end tests run
the packages, so a file that is needed and left out makes a test fail.
"""

import re
from pathlib import PurePosixPath

# Files for other programs: type checkers, compilers, installers.
SUFFIXES = {".pyi", ".typed", ".pyx", ".pxd", ".c", ".h", ".in"}
# Folders of packages, except what follows the exclamation marks.
UNUSED = re.compile(
    r"""
    # Asynchronous clients, which chalicelib/synchronous_clients.py replaces.
      redis/asyncio/(?!observability/)
    | pymongo/asynchronous/(?!__init__\.py$|helpers\.py$)
    | gridfs/
    # Routers, parsers and a copy of Swagger UI. Only the logger is used.
    | aws_lambda_powertools/event_handler/
    | aws_lambda_powertools/utilities/(?!__init__\.py$|jmespath_utils/)
    # They compile the extensions that use cffi; at run time those need `_cffi_backend` alone.
    | cffi/ | pycparser/
    # Commands for a terminal.
    | bin/ | [^/]+\.data/
    # What pip installed. A function may ask for the version of a package, and licences stay.
    | [^/]+\.dist-info/(?:RECORD|WHEEL|INSTALLER|REQUESTED|top_level\.txt|entry_points\.txt)$
    | (?:.*/)?tests?/
    """,
    re.VERBOSE,
)


def is_dead_weight(name: str) -> bool:
    """Return whether no function uses a file of a dependency.

    Args:
        name: the path of the file in the package.
    """
    return PurePosixPath(name).suffix in SUFFIXES or UNUSED.match(name) is not None
