"""The result for the caller, and the REPORT line."""

import re

import pytest
from localstack_harness import Deploy

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def test_result_is_returned(deploy: Deploy) -> None:
    function = deploy("def handler(event, context): return {'got': event, 'text': 'häßlich'}")
    answer = function({"a": [1, None]})
    assert answer.error is None
    assert answer.value == {"got": {"a": [1, None]}, "text": "häßlich"}
    assert "Status" not in answer.report


def test_exception_is_reported_with_its_stack(deploy: Deploy) -> None:
    function = deploy(
        """
        def handler(event, context):
            raise KeyError("absent")
        """
    )
    answer = function()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "KeyError"
    assert answer.value["errorMessage"] == "'absent'"
    assert re.fullmatch(UUID, answer.value["requestId"])
    (frame,) = answer.value["stackTrace"]
    assert 'app.py", line 3, in handler' in frame
    assert 'raise KeyError("absent")' in frame
    assert "[ERROR] KeyError: 'absent'" in answer.log


LARGE = {
    "long": "raise ValueError('x' * 66_000)",
    "longer than the client sends to X-Ray": "raise ValueError('x' * 2**21)",
    "with line breaks": "raise ValueError('\\r\\n' * 66_000)",
    "in another script": "raise ValueError('\u00e4' * 66_000)",
    "of a long name": "raise type('E' * 66_000, (Exception,), {})()",
    "with a deep stack": "deep()",
}


@pytest.mark.parametrize("statement", LARGE.values(), ids=LARGE)
def test_large_exception_is_reported(statement: str, deploy: Deploy) -> None:
    function = deploy(
        f"""
        import os
        # Each frame of the stack trace repeats the long line.
        def deep(): return deep() {"+ 1" * 100}
        def handler(event, context):
            if event == "pid": return os.getpid()
            {statement}
        """
    )
    pid = function("pid").value
    answer = function()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] in ("ValueError", "RecursionError", "E" * 66_000)
    assert answer.value["stackTrace"]
    assert "Status" not in answer.report
    assert function("pid").value == pid


def test_large_exception_of_initialisation_is_reported(deploy: Deploy) -> None:
    answer = deploy("raise type('E' * 70_000, (Exception,), {})('x' * 70_000)")()
    assert answer.value["errorType"] == "E" * 70_000
    assert answer.value["errorMessage"] == "x" * 70_000


def test_exception_over_the_response_limit_is_an_error(deploy: Deploy) -> None:
    function = deploy("def handler(event, context): raise ValueError('x' * event)")
    assert function(7_000_000).value["errorType"] == "Function.ResponseSizeTooLarge"
    assert function(3).value["errorMessage"] == "xxx"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_exit_of_the_process_is_reported(deploy: Deploy, statement: str, reason: str) -> None:
    function = deploy(
        f"""
        import os, sys
        def handler(event, context):
            print("before", end="")
            {statement}
        """
    )
    answer = function()
    assert answer.error == "Unhandled"
    assert set(answer.value) == {"errorType", "errorMessage"}
    assert answer.value["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(f"RequestId: {UUID} Error: {reason}", answer.value["errorMessage"])
    assert answer.report["Status"] == "error"
    assert answer.report["Error Type"] == "Runtime.ExitError"
    assert "before\nEND" in answer.log.replace("Fatal Python error: Aborted", "")


def test_timeout_is_reported_at_the_deadline(deploy: Deploy) -> None:
    function = deploy(
        """
        import time
        def handler(event, context):
            print("remaining", context.get_remaining_time_in_millis())
            time.sleep(60)
        """,
        Timeout=1,
    )
    answer = function()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(
        f"RequestId: {UUID} Error: Task timed out after 1.00 seconds",
        answer.value["errorMessage"],
    )
    assert answer.report["Duration"] == "1000.00 ms"
    assert answer.report["Status"] == "timeout"
    assert "Error Type" not in answer.report
    remaining = int(re.search(r"remaining (\d+)", answer.log)[1])
    assert 0 < remaining <= 1000


def test_missing_module_is_reported(deploy: Deploy) -> None:
    answer = deploy("import no_such_module")()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "Runtime.ImportModuleError"
    assert answer.value["errorMessage"] == (
        "Unable to import module 'app': No module named 'no_such_module'"
    )
    # Lambda initialises twice: in the Init phase and, since that failed, in the invocation.
    phases = re.findall(r"INIT_REPORT .*Phase: (\w+)\tStatus: error\tError Type: (\S+)", answer.log)
    assert phases == [
        ("init", "Runtime.ImportModuleError"),
        ("invoke", "Runtime.ImportModuleError"),
    ]
    assert answer.report["Error Type"] == "Runtime.ImportModuleError"


def test_missing_handler_is_reported(deploy: Deploy) -> None:
    answer = deploy("x = 1")()
    assert answer.value["errorType"] == "Runtime.HandlerNotFound"
    assert answer.value["errorMessage"] == "Handler 'handler' missing on module 'app'"


def test_syntax_error_is_reported(deploy: Deploy) -> None:
    answer = deploy("def handler(:")()
    assert answer.value["errorType"] == "Runtime.UserCodeSyntaxError"


def test_exception_during_initialisation_is_reported(deploy: Deploy) -> None:
    answer = deploy("raise RuntimeError('no database')")()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "RuntimeError"
    assert answer.value["errorMessage"] == "no database"
    assert 'app.py", line 1, in <module>' in answer.value["stackTrace"][-1]


def test_exit_during_initialisation_is_reported(deploy: Deploy) -> None:
    answer = deploy("import sys; sys.exit(4)")()
    assert answer.value["errorType"] == "Runtime.ExitError"
    assert answer.value["errorMessage"].endswith("Runtime exited with error: exit status 4")


def test_second_initialisation_counts_as_invocation(deploy: Deploy) -> None:
    function = deploy(
        """
        import os, pathlib, tempfile
        seen = pathlib.Path(tempfile.gettempdir(), "seen")
        if not seen.exists():
            seen.touch()
            os._exit(1)
        def handler(event, context): return "recovered"
        """
    )
    answer = function()
    assert answer.value == "recovered"
    assert "INIT_REPORT" in answer.log
    assert "Init Duration" not in answer.report


def test_response_over_the_limit_is_an_error(deploy: Deploy) -> None:
    function = deploy("def handler(event, context): return 'x' * event")
    # The limit is 6 MiB + 100 bytes; the quotes of the JSON string are part of it.
    assert len(function(6291554).value) == 6291554
    answer = function(6291555)
    assert answer.error == "Unhandled"
    assert answer.value == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size"
        " (6291556 bytes).",
    }
    assert function(3).value == "xxx"


def test_result_that_is_not_json_is_an_error(deploy: Deploy) -> None:
    answer = deploy("def handler(event, context): return object()")()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "Runtime.MarshalError"
    assert answer.value["errorMessage"].startswith("Unable to marshal response: ")
