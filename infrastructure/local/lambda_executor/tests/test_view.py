"""The paths that a function sees."""

import os
import sys
from pathlib import Path

import pytest
from localstack_harness import FAILING, FAILING_FRAMES, Deploy, LocalStack, package, version
from localstack_process_executor.interpreters import Interpreter, probe
from localstack_process_executor.view import View, ViewFactory

LOOK = """
    import os, pathlib, sys, tempfile, time
    import shared
    def attempt(path):
        try:
            pathlib.Path(path).write_text("x")
        except OSError as error:
            return error.strerror
        return "written"
    def handler(event, context):
        return {
            "code": __file__, "cwd": os.getcwd(), "layer": shared.__file__,
            "opt": sorted(os.listdir("/opt")), "extra": open("/opt/extra/data").read(),
            "tmp": [tempfile.gettempdir(), sorted(os.listdir("/tmp"))],
            "task": attempt("/var/task/new"), "in opt": attempt("/opt/new"),
            "in tmp": attempt("/tmp/" + str(event)), "hosts": os.path.exists("/etc/hosts"),
            "path": sys.path,
            "variables": [os.environ[name] for name in ("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")],
        }
"""


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    found = probe(Path(getattr(sys, "_base_executable", sys.executable)))
    assert found is not None
    return found


@pytest.fixture
def mounts(tmp_path: Path, interpreter: Interpreter) -> None:
    if not ViewFactory(enabled=True).allowed(interpreter):
        pytest.skip("this system does not allow mount namespaces")


@pytest.mark.usefixtures("mounts")
def test_function_has_the_directories_of_lambda(deploy: Deploy, localstack: LocalStack) -> None:
    layers = [
        localstack.client.publish_layer_version(
            LayerName=name, Content={"ZipFile": package(files)}
        )["LayerVersionArn"]
        for name, files in {
            "lower": {"python/shared.py": "", "extra/data": "lower"},
            "upper": {"extra/data": "upper", "bin/tool": ""},
        }.items()
    ]
    function = deploy(LOOK, Layers=layers)
    first, second = function("one").value, function("two").value
    read_only = os.strerror(30)  # EROFS
    assert first | {"path": None, "tmp": None, "opt": None} == {
        "code": "/var/task/app.py",
        "cwd": "/var/task",
        "layer": "/opt/python/shared.py",
        "opt": None,
        "extra": "upper",
        "tmp": None,
        "task": read_only,
        "in opt": read_only,
        "in tmp": "written",
        "hosts": True,
        "path": None,
        "variables": ["/var/task", "/var/runtime"],
    }
    assert {"bin", "extra", "python"} <= set(first["opt"])
    assert first["path"][:3] == ["/var/task", "/opt/python", "/var/runtime"]
    assert first["tmp"][0] == "/tmp"
    # /tmp is empty at first, belongs to the environment, and is not that of the machine.
    assert set(second["tmp"][1]) - set(first["tmp"][1]) == {"one"}
    assert not Path("/tmp/one").exists()


@pytest.mark.usefixtures("mounts")
def test_stack_trace_has_the_paths_of_lambda(deploy: Deploy) -> None:
    answer = deploy(FAILING)()
    traces = [*answer.value["stackTrace"], answer.log]
    for path, line in FAILING_FRAMES.items():
        assert all(path in trace for trace in (traces[line], traces[-1])), (path, traces)


def test_real_paths_are_used_without_mounts(tmp_path: Path, interpreter: Interpreter) -> None:
    code, layer, runtime = (tmp_path / name for name in ("code", "layer", "runtime"))
    folder = layer / "python/lib" / f"python{version()}" / "site-packages"
    folder.mkdir(parents=True)
    view = ViewFactory(enabled=False).make(
        interpreter,
        private=tmp_path / "private",
        code=code,
        layers=[layer],
        runtime_dir=runtime,
        bytecode=None,
    )
    assert (view.task, view.runtime, view.layers) == (code, runtime, (layer,))
    assert view.tmp == tmp_path / "private" / "tmp"
    assert view.import_path == (str(folder), str(layer / "python"))
    shown = view.show(f'File "{code}/app.py" File "{layer}/a.py" File "{runtime}/b.py"')
    assert shown == 'File "/var/task/app.py" File "/opt/a.py" File "/var/runtime/b.py"'


@pytest.mark.parametrize(
    "payload",
    [b"", b"no JSON", b"[]", b'{"stackTrace": null}', b'{"stackTrace": [1]}', b'{"a": "\xc3\xa4"}'],
)
def test_other_error_documents_are_unchanged(payload: bytes) -> None:
    code = Path("/code")
    view = View(code, code, (), code, None, shown={"/code": "/var/task"})
    assert view.show_error(payload) == payload
