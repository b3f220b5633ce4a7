"""The notes and the list of components of a release."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from infrastructure.errors import CommandError
from infrastructure.release.changelog import notes
from infrastructure.release.previous import NotFetchedError, PreviousVersion, version_at
from infrastructure.release.sbom import make_sbom

CHANGELOG = """\
# Changelog

## Unreleased

- Not yet.

## 1.2.0 - 2026-12-01

### Added

- One thing.

## 1.1.0 - 2026-11-01
## 1.0.0
- No date.
"""
LOCK = "six==1.17.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
TOOLS = "chalice==1.34.0 \\\n    --hash=sha256:cc\nclick==8.3.0 \\\n    --hash=sha256:dd\n"


def test_notes_are_the_section_of_the_version() -> None:
    assert notes(CHANGELOG, "v1.2.0") == "### Added\n\n- One thing.\n"
    for version in ("1.1.0", "1.0.0", "1.3.0", "Unreleased", "v1.2", "1.2.0\n"):
        with pytest.raises(CommandError):
            notes(CHANGELOG, version)


def exported(*packages: str) -> str:
    components = [
        {"name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
        for name, _, version in (one.partition("==") for one in packages)
    ]
    return json.dumps(
        {
            "serialNumber": "random",
            "metadata": {"timestamp": "now", "component": {"type": "library"}},
            "components": components,
        }
    )


def test_sbom_has_each_pin_with_its_hashes() -> None:
    def uv(directory: Path, arguments: str) -> str:
        assert (directory / "pins.txt").read_text() == "six==1.17.0\n"
        return exported("six==1.17.0") if arguments.startswith("export") else ""

    document = json.loads(make_sbom("hirelane-mail", "1.2.0", LOCK, TOOLS, uv))
    listed = {
        one["purl"]: [found["content"] for found in one["externalReferences"][0]["hashes"]]
        for one in document["components"]
    }
    assert listed == {"pkg:pypi/six@1.17.0": ["aa", "bb"], "pkg:pypi/chalice@1.34.0": ["cc"]}
    assert "random" not in json.dumps(document)
    assert document["metadata"] == {
        "component": {"type": "application", "name": "hirelane-mail", "version": "1.2.0"}
    }


def test_sbom_with_other_packages_is_refused() -> None:
    with pytest.raises(CommandError, match=r"six==1\.16\.0"):
        make_sbom("x", "1.2.0", LOCK, TOOLS, lambda *_: exported("six==1.16.0"))


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
def test_previous_version_is_the_tree_of_a_tag(tmp_path: Path) -> None:
    repository, target = tmp_path / "repository", tmp_path / "target"

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=repository, check=True)

    repository.mkdir()
    target.mkdir()
    git("init", "--quiet")
    (repository / "app.py").write_text("old")
    git("add", "app.py")
    git("commit", "--quiet", "--no-verify", "-m", "one")
    git("tag", "v1.2.0")
    (repository / "app.py").write_text("new")
    version = version_at("v1.2.0", repository)
    version.write(target / "previous.json")
    assert PreviousVersion.read(target / "previous.json") == version
    version.check_out(target, repository)
    assert (target / "app.py").read_text() == "old"
    with pytest.raises(CommandError, match=r"no tag v1\.3\.0"):
        version_at("v1.3.0", repository)
    with pytest.raises(NotFetchedError, match="git fetch --unshallow"):
        PreviousVersion("1.3.0", "0" * 40).check_out(target, repository)
