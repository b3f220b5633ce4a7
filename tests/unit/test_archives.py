"""Archives of code: their bytecode, and that equal contents give equal archives."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from infrastructure.local.deploy.archives import Contents, _dumped
from infrastructure.local.deploy.dead_weight import is_dead_weight
from tests.support.packages import bytecode_of

SOURCES = {
    "app.py": "import library.module\nNAME = 'from the source'",
    "library/__init__.py": "",
    "library/module.py": "WORDS = {'a', 'b', 'c'}\ndef fail(): raise ValueError('here')",
    "library/template.py": "class {{ name }}: not Python",
    "library/data.json": "{}",
}


def archive(folder: Path, names: list[str]) -> Path:
    """Make an archive of the sources, added in this order."""
    contents = Contents()
    for name in names:
        source = folder / "source" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(SOURCES[name])
        os.utime(source, (len(folder.name), len(folder.name)))
        contents.write(str(source), name)
    target = folder / "package.zip"
    with ZipFile(target, "w") as opened:
        contents.store(opened)
    return target


def test_equal_contents_give_equal_archives(tmp_path: Path) -> None:
    # A process of its own, because the order of a set depends on the seed of its hashes.
    code = "import sys, pathlib; from tests.unit.test_archives import *;" + (
        "archive(pathlib.Path(sys.argv[1]), sorted(SOURCES, reverse=True))"
    )
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "there"],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    there = tmp_path / "there" / "package.zip"
    assert archive(tmp_path / "here", list(SOURCES)).read_bytes() == there.read_bytes()


def test_bytecode_does_not_depend_on_other_references() -> None:
    code = compile("X = 123456.5\nY = x in {1, 2}", "module.py", "exec", dont_inherit=True)
    plain, stable = marshal.dumps(code), _dumped(code)
    kept = list(code.co_consts)
    assert marshal.dumps(code) != plain  # it is about something
    assert _dumped(code) == stable
    one = frozenset({1, 2})
    consts = [
        tuple(one if value == one else value for value in (*kept, one)),
        tuple(frozenset([1, 2]) if value == one else value for value in (*kept, one)),
    ]
    assert len({_dumped(code.replace(co_consts=each)) for each in consts}) == 1


def test_modules_are_imported_from_bytecode(tmp_path: Path) -> None:
    task = tmp_path / "task"
    with ZipFile(archive(tmp_path, list(SOURCES))) as opened:
        opened.extractall(task)
        names = set(opened.namelist())
    modules = {"app.py", "library/__init__.py", "library/module.py"}
    assert names == set(SOURCES) | {bytecode_of(name) for name in modules}
    for name in modules:  # what Python imports now can only be the bytecode
        (task / name).write_text("raise ImportError('compiled again')")
    code = "import app; print(app.NAME, app.library.module.fail.__code__.co_filename)"
    output = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=task, capture_output=True, text=True, check=True
    ).stdout
    # Stack traces name the place of the source, not that of the machine that packed it.
    assert output == f"from the source {task}/library/module.py\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("redis/asyncio/client.py", True),
        ("redis/asyncio/observability/recorder.py", False),
        ("pymongo/asynchronous/pool.py", True),
        ("pymongo/asynchronous/helpers.py", False),
        ("pymongo/synchronous/pool.py", False),
        ("aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui.min.js", True),
        ("aws_lambda_powertools/utilities/jmespath_utils/__init__.py", False),
        ("redis-8.1.0.dist-info/METADATA", False),
        ("redis-8.1.0.dist-info/licenses/LICENSE", False),
        ("redis-8.1.0.dist-info/RECORD", True),
        ("bson/_cbsonmodule.c", True),
        ("bson/_cbson.cpython-313-x86_64-linux-gnu.so", False),
        ("cffi/api.py", True),
        ("_cffi_backend.cpython-313-x86_64-linux-gnu.so", False),
        ("package/tests/test_it.py", True),
        ("package/latest/it.py", False),
    ],
)
def test_packages_leave_out_what_no_function_uses(name: str, expected: bool) -> None:
    assert is_dead_weight(name) is expected
