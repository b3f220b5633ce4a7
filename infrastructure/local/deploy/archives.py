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
from types import CodeType
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
    yield str(cached), header + _dumped(code)


def _dumped(code: CodeType) -> bytes:
    """Return a code object as bytes that are the same in each process.

    `marshal` marks an object that has more than one reference, also one from elsewhere in the
    process. So each object gets another reference while it is written. The compiler makes one
    object of equal sets or several, as it happens; here they are always one.
    """
    code = _with_shared_sets(code, {})
    held: list[object] = []
    _hold(code, held)
    return marshal.dumps(code)


def _with_shared_sets(code: CodeType, sets: dict[object, frozenset[object]]) -> CodeType:
    def shared(value: object) -> object:
        if isinstance(value, CodeType):
            return _with_shared_sets(value, sets)
        if isinstance(value, frozenset):
            # 1, 1.0 and True are equal.
            return sets.setdefault(frozenset((type(one), one) for one in value), value)
        return value

    return code.replace(co_consts=tuple(map(shared, code.co_consts)))


def _hold(value: object, held: list[object]) -> None:
    held.append(value)
    if isinstance(value, CodeType):
        parts: tuple[object, ...] = (
            *(value.co_consts, value.co_names, value.co_varnames),
            *(value.co_freevars, value.co_cellvars, value.co_linetable, value.co_exceptiontable),
            *(value.co_filename, value.co_name, value.co_qualname),
        )
        for part in parts:
            _hold(part, held)
    elif isinstance(value, tuple | frozenset):
        for part in value:
            _hold(part, held)


def _store(archive: ZipFile, name: str, content: bytes, *, executable: bool) -> None:
    entry = ZipInfo(name, FIRST_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, content)
