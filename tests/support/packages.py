"""The names in deployment packages."""

import sys
from pathlib import PurePosixPath


def bytecode_of(module: str) -> str:
    """Return the name in a package of the bytecode of a module, for this version of Python."""
    path = PurePosixPath(module)
    return str(path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc")
