"""The commands of `make queue`, on a real queue."""

from __future__ import annotations

import binascii
import json
import os
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from redis import Redis

from chalicelib.queue import AcceptRequest, IntakePaused, Lanes, NewJob
from chalicelib.queue.admin import DeadLetters, Reconciler, ShardCount
from chalicelib.queue.worker import Dead, Leases
from infrastructure.cli import connections
from infrastructure.cli import main as command_line
from infrastructure.local.stack import Stack
from infrastructure.local.stack.layout import REPOSITORY
from tests.support.stores import Stores


def main(arguments: Sequence[str]) -> int:
    return command_line.main(["queue", *arguments])


@pytest.fixture
def lanes(redis: Redis, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Lanes:
    """Lanes with two dead letters and a waiting job."""
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    # Nothing listens there, so no drain can be started.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("HIRELANE_SHARDS", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    lanes = Lanes(redis, "applications")
    for owner, job_id in (("ada", "a1"), ("bob", "b1")):
        lanes.accept(AcceptRequest(owner, NewJob(job_id, "f", {}, f"store {job_id}")))
    claim = Leases(lanes).claim("drain")
    Leases(lanes).settle(claim, [[Dead("Traceback ...\nValueError: no")]] * 2)
    lanes.accept(AcceptRequest("cyd", NewJob("c1", "f", {}, "")))
    redis.delete(lanes.keys.drains(lanes.kind))
    return lanes


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a wrong command line, and return its one line of error output."""
    assert main(arguments) == 2
    return one_line(capsys)


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that fails, and return its one line of error output."""
    assert main(arguments) == 1
    return one_line(capsys)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err.strip()


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process."""
    return subprocess.run(
        [sys.executable, "-m", "infrastructure", "queue", *arguments],
        cwd=REPOSITORY,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_show_counts_lanes_and_dead_letters(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show"]) == 0
    applications, mail, texts = capsys.readouterr().out.splitlines()
    assert applications.startswith("applications ")
    assert " ready 1 " in applications
    assert "dead letters 2" in applications
    assert mail.startswith("mail ")
    assert texts.startswith("texts ")
    assert all(len(line) <= 80 for line in (applications, mail, texts))


def test_only_running_drains_are_counted(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    now_ms = time.time() * 1000
    # The last one registered before the clock was set back.
    drains = {"alive": now_ms + 10_000, "dead": now_ms - 60_000, "future": now_ms + 3_600_000}
    lanes.redis.zadd(lanes.keys.drains(lanes.kind), drains)
    assert main(["show", "--kind", "applications"]) == 0
    assert "drains 1 " in capsys.readouterr().out


def test_sum_of_shards_is_shown_before_those_with_work(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Lanes(lanes.redis, "applications", prefix="{hl2}")
    other.accept(AcceptRequest("dan", NewJob("d1", "f", {}, "")))
    assert main(["show", "--shards", "3", "--kind", "applications"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["applications", "applications", "applications/2"]
    assert [" ready 2 " in line for line in lines] == [True, False, False]


def test_intake_is_paused_shown_and_resumed(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes.open_gate("posting")
    assert main(["pause", "--reason", "  more\n memory"]) == 0
    with pytest.raises(IntakePaused):
        lanes.accept(AcceptRequest("eve", NewJob("e1", "f", {}, ""), gate="posting"))
    capsys.readouterr()
    assert main(["show"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "PAUSED" in line]
    [pause] = lines
    assert pause.strip().startswith("intake PAUSED since 20")
    assert pause.endswith("Z: more memory")
    assert main(["show", "--shards", "2", "--kind", "applications"]) == 0
    assert "Z in 1 of 2 shards: more memory\n" in capsys.readouterr().out
    assert main(["resume"]) == 0
    assert lanes.accept(AcceptRequest("eve", NewJob("e1", "f", {}, ""), gate="posting"))
    assert main(["resume"]) == 0
    assert capsys.readouterr().out.endswith("The intake was not paused.\n")


def test_drains_of_one_kind_are_paused_and_resumed(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failure(capsys, "pause-drains").startswith("Choose the drains with --kind:")
    assert main(["pause-drains", "--kind", "applications"]) == 0
    assert Leases(lanes).claim("drain").lanes == ()
    assert main(["resume-drains"]) == 0
    printed = capsys.readouterr().out
    assert "The drains of mail were not paused." in printed
    assert "Jobs that wait are served within a minute." in printed
    assert [job.id for job in Leases(lanes).claim("drain").jobs] == ["c1"]


def test_number_of_shards_changes_while_the_queue_is_empty(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "holds 1 lanes with jobs, 1 kinds with dead letters" in failure(
        capsys, "set-shards", "8"
    )
    assert failure(capsys, "set-shards", "5000") == "There can be at most 1024 shards."
    lanes.redis.flushdb()
    assert main(["set-shards", "8"]) == 0
    assert "Deploy HIRELANE_SHARDS=8 now" in capsys.readouterr().out
    assert ShardCount(lanes.redis).read() == 8


def test_dead_letter_is_listed_with_its_reason(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "--most", "1"]) == 0
    head, what, why = capsys.readouterr().out.splitlines()
    assert head.startswith("b1  20")
    assert (what.strip(), why.strip()) == ("store b1", "ValueError: no")


def test_control_characters_are_escaped(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    lanes.accept(AcceptRequest("eve", NewJob("e1", "f", {}, "\x1b[2J\nb1  forged\u202e")))
    claim = Leases(lanes).claim("drain")
    given_up = [Dead("\x1b]0;title\x07")]
    Leases(lanes).settle(
        claim, [given_up if lane.name.endswith("eve") else [] for lane in claim.lanes]
    )
    assert main(["dead", "--most", "1"]) == 0
    head, what, why = capsys.readouterr().out.splitlines()
    assert head.startswith("e1  ")
    assert what.strip() == r"\x1b[2J\nb1  forged\u202e"
    assert why.strip() == r"\x1b]0;title\x07"


@pytest.mark.parametrize("error", [zlib.error("-3"), binascii.Error("padding")])
def test_unreadable_dead_letter_is_one_sentence(
    error: Exception,
    lanes: Lanes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(self: DeadLetters, limit: int) -> None:
        raise error

    monkeypatch.setattr(DeadLetters, "newest", fail)
    message = failure(capsys, "dead")
    assert message.startswith("A dead letter of applications cannot be read (")


def test_one_dead_letter_is_redriven(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "a1"]) == 0
    redriven, warning = capsys.readouterr().out.splitlines()
    # The drain could not be started.
    assert redriven == "applications: 1 redriven, served within a minute"
    assert "not fixed" in warning
    assert sorted(job.id for job in Leases(lanes).claim("drain").jobs) == ["a1", "c1"]


def test_malformed_aws_endpoint_only_fails_the_wake(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no address")
    assert main(["redrive", "--all"]) == 0
    assert "2 redriven, served within a minute" in capsys.readouterr().out
    # The drain is not counted as running, so the next accept starts one.
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_all_dead_letters_are_discarded(lanes: Lanes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discard", "--all"]) == 0
    assert capsys.readouterr().out == "applications: 2 discarded\n"


@pytest.mark.parametrize("command", ["dead", "redrive --all", "discard --all"])
def test_no_dead_letters_is_no_error(
    command: str, lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes.redis.flushall()
    assert main(command.split()) == 0
    assert capsys.readouterr().out == "no dead letters\n"


@pytest.mark.parametrize("command", ["redrive", "discard"])
def test_unknown_ids_are_named_and_others_changed(
    command: str, lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "nobody", "a1", "c1", "a1"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("applications: 1 ")
    assert printed.err == "Not a dead letter: nobody, c1. `queue dead` lists them.\n"


def test_reconcile_counts_jobs_by_location(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes.redis.zadd(lanes.keys.drains(lanes.kind), {"running": time.time() * 1000 + 10_000})
    assert main(["reconcile", "--kind", "applications"]) == 0
    assert capsys.readouterr().out.split() == ["applications", "waiting", "1", "dead", "2"]


@pytest.mark.parametrize(("fails", "when"), [(False, "now"), (True, "within a minute")])
def test_reconcile_wakes_a_drain_for_repaired_lanes(
    fails: bool,
    when: str,
    lanes: Lanes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    invoked: list[tuple[str, dict[str, object]]] = []

    class FakeLambda:
        def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
            invoked.append((FunctionName, json.loads(Payload)))
            if fails:
                raise OSError

    monkeypatch.setattr(connections, "lambda_client", lambda **options: FakeLambda())
    lanes.redis.delete(lanes.ring)
    assert main(["reconcile", "--kind", "applications", "--stage", "prod"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "unscheduled 1" in first
    assert second.strip() == f"ready lanes are served {when}"
    [(function, wake)] = invoked
    assert (function, wake["kind"], wake["shard"]) == (
        *("hirelane-applications-prod-drain", "applications"),
        0,
    )
    # A drain that did not start is not counted as running.
    running = lanes.redis.zrange(lanes.keys.drains(lanes.kind), 0, -1)
    assert running == ([] if fails else [str(wake["drain_id"]).encode()])


def test_unfinished_reconcile_is_reported(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Reconciler, "run", lambda self, seconds: None)
    assert main(["reconcile", "--kind", "mail"]) == 1
    assert "not finished: run the command again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "Missing command. The commands are: dead, discard, pause, pause-drains, reconcile,"),
        ("bury", "No such command 'bury'. The commands are: dead, discard, pause, pause-drains,"),
        ("--shards 2 show", "No such option '--shards'. The commands are: dead, discard,"),
        ("dead --most 0", "Invalid value for '--most': 0 is not a whole number from 1 up."),
        ("dead --most -1", "Invalid value for '--most': -1 is not a whole number from 1 up."),
        ("show --shards 0", "Invalid value for '--shards': 0 is not a whole number from 1 up."),
        ("show --shards -1", "Invalid value for '--shards': -1 is not a whole number from 1 up."),
        ("show --shards two", "Invalid value for '--shards': two is not a whole number from 1"),
        ("show --kind letters", "Invalid value for '--kind': 'letters' is not one of"),
        ("discard", "Give either job ids or --all."),
        ("discard --all a1", "Give either job ids or --all."),
        ("discard \udcff", r"\udcff is not a job id."),
    ],
)
def test_wrong_command_line_is_one_sentence(
    arguments: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, *arguments.split()).startswith(says)


@pytest.mark.parametrize("number", ["abc", "0", "-1", "1.5"])
def test_invalid_shard_count_is_reported(
    number: str, lanes: Lanes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIRELANE_SHARDS", number)
    assert failure(capsys, "show") == f"HIRELANE_SHARDS: {number} is not a whole number from 1 up."
    assert main(["show", "--shards", "1"]) == 0


def test_prefix_without_a_shard_number_is_reported(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RQ_KEY_PREFIX", "abc")
    message = failure(capsys, "show", "--shards", "2")
    assert message.startswith("RQ_KEY_PREFIX=abc does not work with several shards")


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("foo", []),
        ("foo", ["--cluster"]),
        ("redis://:secret@h:notaport", []),
        ("redis://:secret@h:notaport", ["--cluster"]),
        ("redis://127.0.0.1?colour=red", []),
    ],
)
def test_invalid_redis_url_hides_its_password(
    url: str,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    message = failure(capsys, "show", *options)
    assert message == "REDIS_URL is not the address of a Redis, such as redis://127.0.0.1:6380/0."


def test_unreachable_redis_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    for options in ([], ["--cluster"]):
        message = failure(capsys, "show", *options)
        assert message.startswith("Redis cannot be reached: ")
        assert message.endswith("; check REDIS_URL.")


def test_silent_redis_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        message = failure(capsys, "show")
    assert message == "Redis did not answer within 0.2 s; check REDIS_URL."


def test_cluster_option_on_a_single_server_fails(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    message = failure(capsys, "show", "--cluster")
    assert message == "This Redis is a single server: leave out --cluster."


def test_refused_command_is_not_called_unreachable(
    lanes: Lanes, capsys: pytest.CaptureFixture[str]
) -> None:
    lanes.redis.set(lanes.keys.leases(lanes.kind), "no set")
    assert failure(capsys, "show").startswith("Redis refused a command: WRONGTYPE")


def test_closed_pipe_is_no_error(lanes: Lanes) -> None:
    command = f"{sys.executable} -m infrastructure queue show | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_queue_commands_need_only_valkey(tmp_path: Path) -> None:
    """Without REDIS_URL, even if MongoDB and LocalStack do not run."""
    stack = Stack(tmp_path / "stack")
    variables = {"REDIS_URL": "", "HIRELANE_STACK_DIR": str(stack.layout.directory)}
    try:
        down = run("show", **variables)
        assert (down.returncode, down.stderr) == (
            1,
            "The stack is not up (valkey): run `make up`.\n",
        )
        stack.restart("valkey")
        shown = run("show", **variables)
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.startswith("applications ")
    finally:
        stack.down()
