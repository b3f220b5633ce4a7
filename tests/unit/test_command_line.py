"""The command line `python -m infrastructure`."""

from __future__ import annotations

import os
import subprocess

import click
import pytest

from chalicelib.commands.lazy_group import LazyGroup
from infrastructure.cli.main import COMMANDS, cli, main
from infrastructure.errors import CommandError
from infrastructure.local.stack.layout import REPOSITORY


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in COMMANDS)
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_name_and_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.help


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            [],
            "Missing command. The commands are: stack, deploy, aws, package, demo, queue,",
        ),
        (["start"], "No such command 'start'. The commands are: stack, deploy, aws, package,"),
        (["stack", "\x1bx"], r"No such command '\x1bx'. The commands are: delete, down,"),
        (["stack", "url", "twice"], "Got unexpected extra argument (twice)."),
    ],
)
def test_wrong_command_line_gets_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(message)
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(CommandError("No."), 1, "No.\n"), (KeyboardInterrupt(), 130, "")],
    ids=["error", "interrupt"],
)
def test_failure_sets_the_exit_code(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: fail)
    assert main(["stack"]) == code
    assert capsys.readouterr() == ("", message)


def test_unknown_deployment_stage_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--stage", "prod"]) == 1
    assert capsys.readouterr().err.startswith("This command deploys to the local stack:")


@pytest.mark.parametrize("address", ["$(touch made)@example.com", "`touch made`", "a'b\"c$$d"])
def test_make_passes_an_address_without_a_shell(address: str) -> None:
    # `-n` prints the lines that make would run, after it replaced its variables.
    lines = subprocess.run(
        ["make", "-n", "mail", f"EMAIL={address}"],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "infrastructure stack mail" in lines
    assert address not in lines
    assert "touch" not in lines
