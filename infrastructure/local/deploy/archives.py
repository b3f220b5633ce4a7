"""Archives of Python code with bytecode, equal for equal contents.

Lambda's task root is read-only. Without bytecode in the package, each cold start compiles every
module that it imports.
"""

import importlib.util
import marshal
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The modification time of all entries; the format knows no earlier one."""

# The flag of a .pyc file that Python uses without reading the source again (PEP 552).
UNCHECKED_HASH = (0b01).to_bytes(4, "little")


class Contents:
    """The files of an archive; Chalice's packager adds them to it as to a `ZipFile`."""

    def __init__(self, is_left_out: Callable[[str], bool] = lambda name: False) -> None:
        self._files: dict[str, Path] = {}
        self._is_left_out = is_left_out

    def write(self, filename: str, arcname: str) -> None:
        """Add a file, unless it is one of those that are left out."""
        if not self._is_left_out(arcname):
            self._files[arcname] = Path(filename)

    def store(self, archive: ZipFile) -> None:
        """Write the files in the order of their names, and the bytecode of each module."""
        for name, path in sorted(self._files.items()):
            content = path.read_bytes()
            _store(archive, name, content, executable=os.access(path, os.X_OK))
            for compiled_name, bytecode in _compiled(name, content):
                _store(archive, compiled_name, bytecode, executable=False)


def _compiled(name: str, source: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the name and the content of the bytecode; nothing if the file is no valid module."""
    path = PurePosixPath(name)
    if path.suffix != ".py":
        return
    with warnings.catch_warnings(action="ignore"):
        try:
            code = compile(source, name, "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError):  # a template, or a test of a broken module
            return
    # An import replaces the file name in the code by the path of the source.
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    cached = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
    yield str(cached), header + marshal.dumps(code)


def _store(archive: ZipFile, name: str, content: bytes, *, executable: bool) -> None:
    entry = ZipInfo(name, FIRST_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, content)
