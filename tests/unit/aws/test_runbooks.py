"""Runbooks: each alarm has one, each has all parts, and each command exists."""

from __future__ import annotations

import re
import shlex

import pytest

from chalicelib.commands.function import COMMANDS
from tests.support.runbooks import MARKS, ROOT, RUNBOOKS, SECTIONS, read_runbook, runbook_names

DRILLS = ROOT / "tests" / "drills" / "test_drills.py"
_OPS = re.compile(r'make ops STAGE=\$STAGE ARGS="([^"]*)"')
_TARGET = re.compile(r"^make (?:-s )?([a-z-]+)", re.MULTILINE)


def test_each_alarm_has_a_runbook() -> None:
    template = (ROOT / "infrastructure/aws/templates/watch.yaml").read_text()
    named = set(re.findall(r"docs/runbooks/([a-z-]+)\.md", template))
    assert named <= set(runbook_names())


def test_list_of_runbooks_is_complete() -> None:
    page = (RUNBOOKS / "README.md").read_text()
    assert re.findall(r"^\| \[([a-z-]+)\]\(\1\.md\) \|", page, re.MULTILINE) == runbook_names()


@pytest.mark.parametrize("name", runbook_names())
def test_runbook_has_all_parts(name: str) -> None:
    runbook = read_runbook(name)
    assert tuple(runbook.sections) == SECTIONS
    assert all(text.strip() for text in runbook.sections.values())
    for section in SECTIONS:
        assert {block.mark for block in runbook.blocks(section)} <= MARKS


@pytest.mark.parametrize("name", runbook_names())
def test_runbook_has_a_drill_or_says_why_not(name: str) -> None:
    defined = f"def test_{name.replace('-', '_')}(" in DRILLS.read_text()
    assert defined is read_runbook(name).has_drill


@pytest.mark.parametrize("name", runbook_names())
def test_commands_of_a_runbook_exist(name: str) -> None:
    runbook = read_runbook(name)
    text = "\n".join(block.commands for part in SECTIONS for block in runbook.blocks(part))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(_TARGET.findall(text)) <= targets
    # Each has the stage, and is found by this test.
    assert text.count("make ops") == len(_OPS.findall(text))
    for line in _OPS.findall(text):
        words = [word for word in shlex.split(line) if word != "--yes"]
        with COMMANDS.make_context("ops", words, obj=None) as context:
            group = COMMANDS.get_command(context, words[0])
            assert group is not None, line
            if hasattr(group, "commands"):
                command = group.commands[words[1]]
                command.make_parser(context).parse_args([*words[2:]])
