"""The commands `release`: what the release workflow publishes, and what it checks."""

from pathlib import Path

import click

from infrastructure.cli.lock import DEVELOPMENT
from infrastructure.local.deploy.projects import select
from infrastructure.local.stack.layout import REPOSITORY
from infrastructure.release.changelog import notes
from infrastructure.release.previous import version_at
from infrastructure.release.sbom import make_sbom

CHANGELOG = REPOSITORY / "CHANGELOG.md"


@click.group("release")
def command() -> None:
    """Prepare a release."""


@command.command("notes")
@click.argument("version")
def print_notes(version: str) -> None:
    """Print the section of VERSION in CHANGELOG.md."""
    click.echo(notes(CHANGELOG.read_text(encoding="utf-8"), version), nl=False)


@command.command("sbom")
@click.argument("version")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=REPOSITORY / ".local" / "packages",
    help="The directory for the lists (default: .local/packages).",
)
def write_sboms(version: str, output: Path) -> None:
    """List the components of each package.

    The lists are CycloneDX documents, made from the lock files.
    """
    output.mkdir(parents=True, exist_ok=True)
    tools = (REPOSITORY / DEVELOPMENT).read_text()
    for project in select(()):
        lock = REPOSITORY / project.folder / "requirements.txt"
        path = output / f"{project.app_name}.cdx.json"
        name = version.removeprefix("v")
        path.write_text(make_sbom(project.app_name, name, lock.read_text(), tools))
        click.echo(path)


@command.command("previous")
@click.argument("tag")
def write_previous(tag: str) -> None:
    """Name the release TAG as the previous version.

    Tests run this version beside it. Run the command after each release.
    """
    version = version_at(tag)
    version.write()
    click.echo(f"The next version must work beside {version.version} ({version.tree}).")
