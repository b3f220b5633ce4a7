"""Functions whose code is a directory (`S3Bucket=hot-reload`)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from localstack_harness import Deploy, LocalStack, package, wait_for
from localstack_process_executor.hot_reload import BytecodeStore, state_of

HANDLER = """
import os, helper, shared
calls = 0
def handler(event, context):
    global calls
    calls += 1
    text = open(os.path.join(os.path.dirname(__file__), "data.txt")).read()
    return [helper.VALUE, shared.VALUE, text, calls]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "code" / "app.py").write_text(HANDLER)
    (tmp_path / "code" / "helper.py").write_text("VALUE = 'a'\n")
    (tmp_path / "code" / "data.txt").write_text("text")
    (tmp_path / "layer" / "python" / "shared.py").write_text("VALUE = 'shared'\n")
    return tmp_path


def test_saved_change_is_used_by_the_next_call(
    deploy: Deploy, localstack: LocalStack, project: Path
) -> None:
    layer = localstack.client.publish_layer_version(
        LayerName="reloaded", Content={"S3Bucket": "hot-reload", "S3Key": str(project / "layer")}
    )
    function = deploy(
        "",
        Code={"S3Bucket": "hot-reload", "S3Key": str(project / "code")},
        Layers=[layer["LayerVersionArn"]],
    )
    assert function().value == ["a", "shared", "text", 1]
    assert function().value == ["a", "shared", "text", 2]
    # The same size, within the same second: bytecode of the old text would count as valid.
    (project / "code" / "helper.py").write_text("VALUE = 'b'\n")
    assert function().value == ["b", "shared", "text", 1]
    (project / "layer" / "python" / "shared.py").write_text("VALUE = 'layer'\n")
    assert function().value == ["b", "layer", "text", 1]
    (project / "code" / "data.txt").write_text("other")
    assert function().value == ["b", "layer", "other", 1]
    assert function().value == ["b", "layer", "other", 2]
    (project / "code" / "helper.py").unlink()
    assert function().value["errorType"] == "Runtime.ImportModuleError"
    (project / "code" / "helper.py").write_text("VALUE = 'c'\n")
    assert function().value == ["c", "layer", "other", 1]
    names = {path.name for path in (project / "code").iterdir()}
    assert names == {"app.py", "data.txt", "helper.py"}


def test_missing_directory_fails_with_a_reason(deploy: Deploy, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    function = deploy("", Code={"S3Bucket": "hot-reload", "S3Key": str(missing)})
    state = function.stack.client.get_function(FunctionName=function.name)["Configuration"]
    assert state["State"] == "Failed"
    assert f"{missing}, from which code is reloaded, does not exist" in state["StateReason"]


def test_zip_package_replaces_a_directory(deploy: Deploy, project: Path) -> None:
    function = deploy("", Code={"S3Bucket": "hot-reload", "S3Key": str(project / "code")})
    code = package({"app.py": "def handler(event, context): return 'zip'"})
    function.stack.client.update_function_code(FunctionName=function.name, ZipFile=code)
    wait_for(lambda: function().value == "zip")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "code" / "new.py").touch(),
        lambda folder: (folder / "code" / "new").mkdir(),
        lambda folder: (folder / "code" / "sub").rename(folder / "code" / "other"),
        lambda folder: (folder / "code" / "sub" / "module.py").unlink(),
        lambda folder: (folder / "b.py").replace(folder / "code" / "a.py"),
        lambda folder: (folder / "linked" / "module.py").write_text("x = 2"),
    ],
)
def test_every_kind_of_change_is_noticed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    for name in ("code/sub", "linked"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("code/a.py", "b.py", "code/sub/module.py", "linked/module.py"):
        (tmp_path / name).write_text("x = 1")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "code" / "link").symlink_to(tmp_path / "linked")
    (tmp_path / "code" / "loop").symlink_to(tmp_path / "code")
    before = state_of([tmp_path / "code"])
    assert state_of([tmp_path / "code"]) == before
    change(tmp_path)
    assert state_of([tmp_path / "code"]) != before


def test_bytecode_is_no_change(tmp_path: Path) -> None:
    before = state_of([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").touch()
    assert state_of([tmp_path]) == before


def test_bytecode_of_unchanged_files_is_kept(tmp_path: Path) -> None:
    code, layer = tmp_path / "code", tmp_path / "layer"
    sources = [code / "app.py", code / "package" / "app.py", code / "other.py", layer / "app.py"]
    for source in sources:
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("x = 1")
    store = BytecodeStore(tmp_path / "bytecode")
    first = store.folder([code, layer])
    for name in ("app", "package/app", "other"):
        compiled = first / "var" / "task" / f"{name}.cpython-313.pyc"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        compiled.touch()
    assert store.folder([code, layer]) == first
    (code / "package" / "app.py").write_text("x = 2")
    second = store.folder([code, layer])
    assert {path.relative_to(second).as_posix() for path in second.rglob("*.pyc")} == {
        "var/task/app.cpython-313.pyc",
        "var/task/other.cpython-313.pyc",
    }
    (code / "other.py").unlink()
    third = store.folder([code, layer])
    assert [path.name for path in third.rglob("*.pyc")] == ["app.cpython-313.pyc"]
