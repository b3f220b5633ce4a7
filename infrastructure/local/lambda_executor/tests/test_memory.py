"""The memory limit, and the memory in the REPORT line."""

import re

from localstack_harness import Deploy

GRAB = """
    kept = []
    def handler(event, context):
        block = b"x" * (event["mb"] * 1024 * 1024)
        if event.get("keep"):
            kept.append(block)
        return len(block)
"""


def megabytes(text: str) -> int:
    return int(re.fullmatch(r"(\d+) MB", text)[1])


def test_reported_memory_follows_the_usage(deploy: Deploy) -> None:
    function = deploy(GRAB, MemorySize=512)
    small, large = function({"mb": 1}), function({"mb": 100})
    assert small.report["Memory Size"] == "512 MB"
    used, more = (
        megabytes(small.report["Max Memory Used"]),
        megabytes(large.report["Max Memory Used"]),
    )
    assert 10 < used < 80
    assert 95 <= more - used <= 110


def test_function_over_its_memory_size_is_killed(deploy: Deploy) -> None:
    function = deploy(GRAB, MemorySize=128)
    assert function({"mb": 50}).error is None
    answer = function({"mb": 400})
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "Runtime.OutOfMemory"
    assert answer.value["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert answer.report["Error Type"] == "Runtime.OutOfMemory"
    assert function({"mb": 1}).error is None


def test_memory_of_child_processes_counts(deploy: Deploy) -> None:
    function = deploy(
        """
        import subprocess, sys
        def handler(event, context):
            code = "import time; x = b'x' * 300_000_000; time.sleep(30)"
            subprocess.run([sys.executable, "-c", code])
        """,
        MemorySize=128,
    )
    assert function().value["errorType"] == "Runtime.OutOfMemory"


FORKING = """
    import os, time
    def handler(event, context):
        kept = b"x" * 100_000_000
        children = []
        for _ in range(4):
            pid = os.fork()
            if pid == 0:
                if event == "write":
                    kept = b"y" * 100_000_000
                # Without the limit, the function would time out.
                time.sleep(60 if event == "write" else 0.7)
                os._exit(0)
            children.append(pid)
        for pid in children:
            os.waitpid(pid, 0)
"""


def test_memory_shared_after_a_fork_counts_once(deploy: Deploy) -> None:
    function = deploy(FORKING, MemorySize=300)
    answer = function("only read")
    assert answer.error is None, answer.value
    assert 100 < megabytes(answer.report["Max Memory Used"]) < 200
    assert function("write").value["errorType"] == "Runtime.OutOfMemory"


def test_start_of_programs_does_not_double_the_memory(deploy: Deploy) -> None:
    # Between vfork and exec, a child has the memory of its parent.
    function = deploy(
        """
        import subprocess
        def handler(event, context):
            kept = b"x" * 100_000_000
            for _ in range(150):
                subprocess.run(["/bin/true"])
        """,
        MemorySize=180,
        Timeout=60,
    )
    answer = function()
    assert answer.error is None, answer.value
    assert megabytes(answer.report["Max Memory Used"]) < 170


def test_huge_allocation_raises_memory_error(deploy: Deploy) -> None:
    answer = deploy("def handler(event, context): return len(bytearray(10**11))")()
    assert answer.error == "Unhandled"
    assert answer.value["errorType"] == "MemoryError"
    assert "Status" not in answer.report
