"""`make ops` on a deployed stack: the command runs in the function `ops`."""

from __future__ import annotations

import pytest

from infrastructure.cli.main import main
from tests.support.deployment import Deployment


def test_command_runs_in_the_deployed_function(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = ["--dir", str(deployed.stack.layout.directory)]
    assert main(["ops", *directory, "queue", "show"]) == 0
    assert capsys.readouterr().out.startswith("applications ")
    assert main(["ops", *directory, "queue", "redrive", "nobody"]) == 1
    assert capsys.readouterr().err == "Not a dead letter: nobody. `queue dead` lists them.\n"
    lines = deployed.log_lines("hirelane-ops-local-run")
    assert any('"operator command"' in line and "queue redrive nobody" in line for line in lines)
