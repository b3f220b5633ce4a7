"""The command that builds the deployment packages."""

import os
import shutil
from pathlib import Path

import click

from infrastructure.local.deploy.deployment import PACKAGES, wheel_variables
from infrastructure.local.deploy.packages import CachingPackager
from infrastructure.local.deploy.projects import select, stage
from infrastructure.local.stack.layout import REPOSITORY, Layout


@click.command("package")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=REPOSITORY / ".local" / "packages",
    help="The directory for the packages (default: .local/packages).",
)
def command(projects: tuple[str, ...], output: Path) -> None:
    """Build the zip packages of the projects for AWS, with bytecode.

    They are the packages that `deploy` uses, equal for equal sources.
    """
    os.environ.update(wheel_variables())
    for project in select(projects):
        built = CachingPackager(PACKAGES).ensure_package(stage(project, Layout(output)))
        package = output / f"{project.app_name}.zip"
        shutil.copyfile(built, package)
        click.echo(f"{package}  {package.stat().st_size / 1e6:.1f} MB")
