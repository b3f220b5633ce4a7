"""The files that `make watch` watches, and the projects that it deploys."""

from __future__ import annotations

from pathlib import Path

import pytest

from infrastructure.local.deploy import watch
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.projects import PROJECTS
from infrastructure.local.stack import Stack
from infrastructure.local.stack.layout import REPOSITORY


def test_sources_are_the_files_that_are_deployed() -> None:
    api = {str(path.relative_to(REPOSITORY)) for path in watch.project_sources("api")}
    assert {"app.py", "requirements.txt", ".chalice/config.json", "vendor/web/main.js"} <= api
    assert "chalicelib/jobs.py" in api
    assert not any("__pycache__" in name for name in api)
    mail = {str(path.relative_to(REPOSITORY)) for path in watch.project_sources("mail")}
    assert "worker_functions/mail/app.py" in mail
    assert "worker_functions/mail/chalicelib/jobs.py" in mail
    assert not any(name.startswith(("web", "vendor")) for name in mail)


def test_saved_file_deploys_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet: dict[str, watch.Snapshot] = {name: {} for name in PROJECTS}
    saved = quiet | {"mail": {Path("app.py"): (1, 1)}}
    # Before; unchanged; saved; then twice the same, so that the files have settled.
    snapshots = iter([quiet, quiet, saved, saved, saved, saved])
    monkeypatch.setattr(watch, "all_sources", lambda: next(snapshots))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    deployed: list[list[str]] = []

    def fail(stack: Stack, names: list[str]) -> None:
        deployed.append(names)
        raise DeployError("A syntax error.")

    monkeypatch.setattr(watch, "deploy", fail)
    lines: list[str] = []
    # A failed deployment does not end the loop; it ends when there are no more snapshots.
    with pytest.raises(StopIteration):
        watch.watch(Stack(tmp_path), lines.append)
    assert deployed == [["mail"]]
    assert lines == [
        "Watching for changes; Ctrl-C stops.",
        "Deploying mail",
        "A syntax error.\nNot deployed; save again to retry.",
    ]
