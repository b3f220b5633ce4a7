"""The files that `make watch` watches, copies and deploys."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from unittest.mock import MagicMock
from zipfile import ZipFile

import pytest
from chalice import Chalice, Rate

from infrastructure.local.deploy import watch
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.description import describe
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.hot_reload import HotProject
from infrastructure.local.deploy.packages import deployment_package
from infrastructure.local.deploy.projects import PROJECTS, Project, stage
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


class FakeHotProject:
    """Records what is done with a project; its routes change when `app.py` does."""

    log: ClassVar[list[str]] = []

    def __init__(self, stack: Stack, project: Project) -> None:
        self._name = project.name

    def start(self, clients: Clients) -> None:
        self.log.append(f"start {self._name}")

    def copy(self) -> None:
        self.log.append(f"copy {self._name}")

    def needs_deployment(self) -> bool:
        return self._name == "mail"


def test_saved_file_is_copied_and_deployed_only_if_necessary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet: dict[str, watch.Snapshot] = {name: {} for name in PROJECTS}
    code = quiet | {"api": {Path("app.py"): (1, 1)}}
    routes = code | {"mail": {Path("app.py"): (1, 1)}}
    dependencies = routes | {"applications": {Path("requirements.txt"): (1, 1)}}
    # Before; unchanged; then each one saved, and after a deployment twice, until the files settle.
    saved = [quiet, quiet, code, routes, routes, routes, *[dependencies] * 3]
    snapshots = iter(saved)
    monkeypatch.setattr(watch, "all_sources", lambda: next(snapshots))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(watch, "HotProject", FakeHotProject)
    monkeypatch.setattr(Clients, "of", lambda endpoints: None)
    monkeypatch.setattr(Stack, "endpoints", lambda stack: None)
    log = FakeHotProject.log = []
    monkeypatch.setattr(watch, "prepare", lambda clients: log.append("prepare"))
    failures = iter([DeployError("No such package."), None])

    def deploy(stack: Stack, names: list[str]) -> None:
        log.append(f"deploy {', '.join(names)}")
        if failure := next(failures):
            raise failure

    monkeypatch.setattr(watch, "deploy", deploy)
    lines: list[str] = []
    # A failed deployment does not end the loop; it ends when there are no more snapshots.
    with pytest.raises(StopIteration):
        watch.watch(Stack(tmp_path), lines.append)
    assert log == [
        *("start api", "start applications", "start files", "start mail", "start ops"),
        *("copy api", "prepare"),
        *("copy mail", "deploy mail"),
        # The deployment that failed is tried again.
        *("copy applications", "deploy applications, mail"),
        *("start applications", "start mail"),
    ]
    assert "No such package.\nNot deployed; save again to retry." in lines


def app_with(rate: int = 1, path: str = "/x", answer: str = "") -> Chalice:
    app = Chalice("test")
    app.route(path, methods=["PUT"])(lambda: answer)
    app.schedule(Rate(rate, Rate.MINUTES), name="sweep")(lambda event: answer)
    app.lambda_function(name="drain")(lambda event, context: answer)
    return app


def test_description_has_what_a_deployment_creates() -> None:
    usual = describe(app_with())
    assert usual == describe(app_with(answer="other"))
    assert usual != describe(app_with(rate=2))
    assert usual != describe(app_with(path="/y"))
    renamed = app_with()
    renamed.pure_lambda_functions[0].name = "other"
    assert usual != describe(renamed)


def test_copy_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, stack = tmp_path / "repository", Stack(tmp_path / "stack")
    for name in ("app.py", "chalicelib/old.py", "chalicelib/kept.py", "vendor/web/page.html"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("old")
    staged = stage(PROJECTS["api"], stack.layout, repository)
    package = deployment_package(staged)
    package.parent.mkdir(parents=True)
    names = ["app.py", "chalicelib/old.py", "chalicelib/kept.py", "web/page.html", "library.py"]
    with ZipFile(package, "w") as archive:
        for name in (*names, "__pycache__/library.cpython-313.pyc"):
            archive.writestr(name, "old")
    monkeypatch.setattr(HotProject, "_describe", lambda project: "the same")
    hot = HotProject(stack, PROJECTS["api"], repository)
    clients = MagicMock()
    clients.lambda_.get_paginator().paginate.return_value = [
        {"Functions": [{"FunctionName": "hirelane-api-local"}, {"FunctionName": "other"}]}
    ]
    clients.lambda_.get_function_configuration.return_value = {"LastUpdateStatus": "Successful"}
    hot.start(clients)
    clients.lambda_.update_function_code.assert_called_once_with(
        FunctionName="hirelane-api-local", S3Bucket="hot-reload", S3Key=str(hot.folder)
    )

    def copied() -> dict[str, str]:
        files = (path for path in hot.folder.rglob("*") if path.is_file())
        return {path.relative_to(hot.folder).as_posix(): path.read_text() for path in files}

    assert copied() == dict.fromkeys(names, "old")
    kept = (hot.folder / "chalicelib" / "kept.py").stat().st_ino
    (repository / "vendor" / "web" / "page.html").write_text("new")
    (repository / "chalicelib" / "old.py").unlink()
    (repository / "chalicelib" / "new.py").write_text("new")
    before = (hot.folder / "web" / "page.html").stat().st_mtime
    hot.copy()
    # Another second, because Python takes bytecode as valid for one.
    assert int((hot.folder / "web" / "page.html").stat().st_mtime) != int(before)
    assert copied() == {
        **dict.fromkeys(["app.py", "chalicelib/kept.py", "library.py"], "old"),
        **dict.fromkeys(["chalicelib/new.py", "web/page.html"], "new"),
    }
    # An unchanged file is not written: the executor would compile it again.
    assert (hot.folder / "chalicelib" / "kept.py").stat().st_ino == kept
    assert not hot.needs_deployment()
