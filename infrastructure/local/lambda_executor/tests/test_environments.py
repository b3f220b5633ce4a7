"""Execution environments: reused, parallel, replaced, isolated."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from localstack_harness import Deploy, Function, package, running, wait_for

WHO = """
    import os, uuid
    me = uuid.uuid4().hex
    calls = 0
    def handler(event, context):
        global calls
        calls += 1
        {body}
        tmp = os.environ["TMPDIR"]
        return {{"me": me, "pid": os.getpid(), "calls": calls,
                "tmp": os.stat(tmp).st_ino, "files": os.listdir(tmp)}}
"""


def test_warm_environment_is_reused(deploy: Deploy) -> None:
    function = deploy(WHO.format(body="pass"))
    first, second = function(), function()
    assert second.value["me"] == first.value["me"]
    assert [first.value["calls"], second.value["calls"]] == [1, 2]
    assert "Init Duration" in first.report
    assert "Init Duration" not in second.report


def test_parallel_invocations_use_own_environments(deploy: Deploy) -> None:
    body = """
        import time
        open(f"{event[0]}/{event[1]}", "w").close()
        while len(os.listdir(event[0])) < 6: time.sleep(0.02)"""
    function = deploy(WHO.format(body=body), Timeout=60)
    folder = function.stack.shared / f"began-{function.name}"
    folder.mkdir()
    with ThreadPoolExecutor(6) as pool:
        events = [[str(folder), number] for number in range(6)]
        answers = [answer.value for answer in pool.map(function, events)]
    assert len({answer["me"] for answer in answers}) == 6
    assert len({answer["tmp"] for answer in answers}) == 6


def test_crashed_process_is_replaced_with_the_same_tmp(deploy: Deploy) -> None:
    body = "open(os.environ['TMPDIR'] + '/left', 'w').close(); event and os._exit(1)"
    function = deploy(WHO.format(body=body))
    before = function()
    assert function("crash").error == "Unhandled"
    after = function()
    assert after.value["me"] != before.value["me"]
    assert after.value["calls"] == 1
    assert after.value["tmp"] == before.value["tmp"]
    assert "left" in after.value["files"]
    # A repeated initialisation is part of the duration and not reported by itself.
    assert "Init Duration" not in after.report


def test_timed_out_process_is_replaced(deploy: Deploy) -> None:
    function = deploy(WHO.format(body="import time; time.sleep(event or 0)"), Timeout=1)
    before = function()
    assert function(30).value["errorType"] == "Sandbox.Timedout"
    assert not running(before.value["pid"])
    after = function()
    assert after.error is None
    assert after.value["calls"] == 1


def test_process_that_ended_while_idle_is_replaced(deploy: Deploy) -> None:
    body = """
        import threading, time
        def end():
            while not os.path.exists(event): time.sleep(0.02)
            os._exit(0)
        threading.Thread(target=end).start()"""
    function = deploy(WHO.format(body=body))
    end = function.stack.shared / f"end-{function.name}"
    before = function(str(end))
    end.touch()
    wait_for(lambda: not running(before.value["pid"]))
    end.unlink()
    after = function(str(end))
    assert after.error is None
    assert after.value["me"] != before.value["me"]


@pytest.mark.parametrize("options", ["", "env={}", "env={'AWS_LAMBDA_LOG_STREAM_NAME': 'x'}"])
def test_deleted_function_leaves_no_process(options: str, deploy: Deploy) -> None:
    # Both functions claim the log stream of the other.
    variables = {"AWS_LAMBDA_LOG_STREAM_NAME": "x"}
    function, other = (
        deploy(
            f"""
            import os, resource, subprocess
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            def handler(event, context):
                command = ["sh", "-c", "sleep 600 & echo $!"]
                child = subprocess.run(
                    command, start_new_session=True, stdout=subprocess.PIPE, {options})
                return [os.getpid(), int(child.stdout)]
            """.replace("sleep 600 &", "sleep 600 >/dev/null 2>&1 &"),
            variables=variables,
        )
        for _ in range(2)
    )
    pids, others = function().value, other().value
    assert all(map(running, pids + others))
    function.stack.client.delete_function(FunctionName=function.name)
    wait_for(lambda: not any(map(running, pids)))
    assert all(map(running, others))


def test_burst_on_a_cold_function_succeeds(deploy: Deploy) -> None:
    # With an environment for each invocation, most would miss the 10 s of the Init phase.
    function = deploy(
        """
        import os, time
        end = time.process_time() + 0.5
        while time.process_time() < end: pass
        def handler(event, context):
            return os.getpid()
        """
    )
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(function, range(30)))
    assert [answer.error for answer in answers] == [None] * 30
    reported = [answer.report["Init Duration"] for answer in answers if "Init Dur" in answer.log]
    assert 1 <= len(reported) == len({answer.value for answer in answers}) <= 10


CHANGES = {
    "update of the code": lambda function: function.stack.client.update_function_code(
        FunctionName=function.name, ZipFile=package({"app.py": "def handler(e, c): return 'new'"})
    ),
    "update of a setting": lambda function: function.stack.client.update_function_configuration(
        FunctionName=function.name, Timeout=9
    ),
    "deletion": lambda function: function.stack.client.delete_function(FunctionName=function.name),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_running_invocation_ends_after_a(
    change: Callable[[Function], object], deploy: Deploy
) -> None:
    function = deploy(
        """
        import os, pathlib, time
        def handler(event, context):
            pathlib.Path(event, "began").touch()
            while not pathlib.Path(event, "go on").exists(): time.sleep(0.02)
            import late
            print("the last words")
            return [late.name, os.getpid()]
        """,
        files={"late.py": "name = 'old'"},
        Timeout=30,
    )
    folder = function.stack.shared / f"event-{function.name}"
    folder.mkdir()
    with ThreadPoolExecutor() as pool:
        running_call = pool.submit(function, str(folder))
        wait_for((folder / "began").exists)
        change(function)
        time.sleep(1)  # LocalStack changes functions in the background
        (folder / "go on").touch()
        answer = running_call.result()
    assert answer.error is None, answer.value
    name, pid = answer.value
    assert name == "old"
    assert "the last words" in answer.log
    wait_for(lambda: not running(pid))
    wait_for(lambda: "the last words" in logged(function))


def logged(function: Function) -> list[str]:
    logs = function.stack.service("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].rstrip("\n") for event in found]


def test_asynchronous_invocation_runs(deploy: Deploy) -> None:
    function = deploy(
        """
        import pathlib
        def handler(event, context):
            pathlib.Path(event).write_text("was here")
        """
    )
    target = function.stack.shared / "event"
    function(str(target), InvocationType="Event", LogType="None")
    wait_for(target.exists)


def test_provisioned_environment_is_initialised_early(deploy: Deploy) -> None:
    function = deploy(WHO.format(body="me = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']").replace(
        "global calls", "global calls, me"))  # fmt: skip
    client = function.stack.client
    version = client.publish_version(FunctionName=function.name)["Version"]
    which = {"FunctionName": function.name, "Qualifier": version}
    client.put_provisioned_concurrency_config(**which, ProvisionedConcurrentExecutions=2)
    wait_for(lambda: client.get_provisioned_concurrency_config(**which)["Status"] == "READY")
    assert function(Qualifier=version).value["me"] == "provisioned-concurrency"
