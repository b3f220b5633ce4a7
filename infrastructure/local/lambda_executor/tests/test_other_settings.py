"""A second LocalStack with other settings, which is killed in the end."""

import time
from collections.abc import Iterator

import pytest
from localstack_harness import (
    FAILING,
    FAILING_FRAMES,
    PATIENCE_SECONDS,
    LocalStack,
    deploy_to,
    kill,
    running,
    running_localstack,
    wait_for,
)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running_localstack(
        tmp_path_factory.mktemp("frozen"),
        LAMBDA_PROCESS_FREEZE="1",
        LAMBDA_PROCESS_BYTECODE_CACHE="1",
        LAMBDA_PROCESS_MOUNTS="0",
        LAMBDA_PROCESS_PYTHON_3_11="/bin/false",
        LAMBDA_LIMITS_MAX_FUNCTION_PAYLOAD_SIZE_BYTES="1000",
    ) as stack:
        yield stack


def test_frozen_process_does_not_run_while_idle(frozen: LocalStack) -> None:
    function = deploy_to(
        frozen,
        """
        import threading, time
        ticks = 0
        def tick():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.01)
        threading.Thread(target=tick, daemon=True).start()
        def handler(event, context):
            return ticks
        """,
    )
    before = function().value
    time.sleep(0.6)
    began = time.monotonic()
    after = function().value
    # It ticks while it is invoked, and for a moment until it is frozen.
    assert after - before < 15 + (time.monotonic() - began) / 0.01


def test_cached_bytecode_stays_out_of_the_package(frozen: LocalStack) -> None:
    function = deploy_to(
        frozen,
        "import os, helper\ndef handler(event, context): return [os.listdir(), helper.__cached__]",
        files={"helper.py": "x = 1"},
    )
    files, cached = function().value
    assert sorted(files) == ["app.py", "helper.py"]
    assert "/bytecode/" in cached


def test_stack_traces_show_the_paths_of_lambda(frozen: LocalStack) -> None:
    function = deploy_to(frozen, FAILING)
    answer = function()
    traces = [*answer.value["stackTrace"], answer.log]
    for path, line in FAILING_FRAMES.items():
        assert all(path in trace for trace in (traces[line], traces[-1])), (path, traces)
    assert str(frozen.folder) not in "".join(traces)


def test_payload_limit_is_configurable(frozen: LocalStack) -> None:
    function = deploy_to(frozen, "def handler(event, context): return 'x' * event")
    assert len(function(998).value) == 998
    answer = function(999)
    assert answer.value["errorType"] == "Function.ResponseSizeTooLarge"
    assert "(1000 bytes)" in answer.value["errorMessage"]


def test_broken_interpreter_is_reported(frozen: LocalStack) -> None:
    function = deploy_to(frozen, "", Runtime="python3.11")
    state = frozen.client.get_function(FunctionName=function.name)["Configuration"]
    assert state["State"] == "Failed"
    assert "LAMBDA_PROCESS_PYTHON_3_11 names /bin/false, which does not run" in state["StateReason"]


def test_killed_localstack_leaves_no_process_and_file(frozen: LocalStack) -> None:
    # GIVEN a busy function, and one with descendants, one of them in a session of its own
    spawning = deploy_to(
        frozen,
        """
        import os, subprocess, tempfile
        def handler(event, context):
            child = subprocess.Popen(["sleep", "600"])
            apart = subprocess.Popen(["sleep", "600"], start_new_session=True)
            return {"pids": [os.getpid(), child.pid, apart.pid], "tmp": tempfile.gettempdir()}
        """,
    )
    busy = deploy_to(
        frozen,
        """
        import os, pathlib
        def handler(event, context):
            pathlib.Path(event).write_text(str(os.getpid()))
            while True: pass
        """,
        Timeout=60,
    )
    seen = spawning().value
    note = frozen.shared / "pid"
    busy(str(note), InvocationType="Event", LogType="None")
    wait_for(lambda: note.exists() and bool(note.read_text()))
    pids = [*seen["pids"], int(note.read_text())]
    assert all(map(running, pids))

    # WHEN LocalStack is killed without a chance to clean up
    kill(frozen.process.pid)
    frozen.process.wait()

    # THEN all of them end and their files are gone
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(map(running, pids)):
        time.sleep(0.05)
    left = [pid for pid in pids if running(pid)]
    for pid in left:
        kill(pid)
    assert left == []
    scratch = frozen.folder / "tmp"
    wait_for(lambda: not list(scratch.glob("lambda-process-*")))
