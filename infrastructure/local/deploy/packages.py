"""Build the deployment package of a project, with bytecode and from cached dependencies.

Chalice names a package after a digest of the requirements *and* the sources. Therefore each change
of a source makes it install and pack all dependencies again. Here the dependencies are packed once
for each set of requirements. A package is a copy of that archive with the sources added, under the
name that Chalice looks for, so that Chalice finds its package ready. Chalice's own packager chooses
the files. The package differs from the one that Chalice would build by its bytecode, made with the
Python version of the deployment, by what no function uses (dead_weight.py), and by being equal for
equal contents.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import cast
from zipfile import ZipFile

import chalice
from chalice.deploy.packager import (
    DependencyBuilder,
    LambdaDeploymentPackager,
    MissingDependencyError,
    NoSuchPackageError,
    PackageDownloadError,
)
from chalice.utils import UI, OSUtils

from infrastructure.local.deploy.archives import Contents
from infrastructure.local.deploy.dead_weight import is_dead_weight
from infrastructure.local.deploy.errors import DeployError

PYTHON_VERSION = "python{}.{}".format(*sys.version_info[:2])
KEPT_PACKAGES = 3
# The architecture of functions if a stage names none.
ARCHITECTURE = "x86_64"

# To be changed when the cached archives would be made differently from the same requirements.
FORMAT = 4


class CachingPackager(LambdaDeploymentPackager):
    """Chalice's packager, with a cache of packed dependencies.

    Args:
        cache: the directory of the cache.
        architecture: that of the functions.
        keeps_all: whether to pack also what our functions do not use of the dependencies.
    """

    def __init__(
        self, cache: Path, architecture: str = ARCHITECTURE, *, keeps_all: bool = False
    ) -> None:
        osutils = OSUtils()
        self._cache = cache
        self._keeps_all = keeps_all
        builder = DependencyBuilder(osutils, architecture=architecture)
        super().__init__(osutils, builder, UI(), architecture)

    def ensure_package(self, project: Path) -> Path:
        """Return the package of the present sources, and build it if necessary.

        Raises:
            DeployError: A dependency is missing, or has no build that Lambda can run.
        """
        package = deployment_package(project, self._architecture)
        if package.exists():
            return package
        dependencies = self._ensure_dependencies(project / "requirements.txt")
        package.parent.mkdir(parents=True, exist_ok=True)
        unfinished = package.with_suffix(".new")
        shutil.copyfile(dependencies, unfinished)

        contents = Contents()
        self._add_app_files(cast(ZipFile, contents), str(project))
        self._add_vendor_files(cast(ZipFile, contents), str(project / self._VENDOR_DIR))
        with ZipFile(unfinished, "a") as archive:
            contents.store(archive)
        unfinished.replace(package)
        self._remove_old_packages(package.parent)
        return package

    def _ensure_dependencies(self, requirements: Path) -> Path:
        content = requirements.read_bytes() if requirements.exists() else b""
        versions = (FORMAT, self._keeps_all, chalice.__version__, sys.version, self._architecture)
        key = "".join(f"{version}\n" for version in versions).encode() + content
        packed = self._cache / f"{hashlib.sha256(key).hexdigest()[:32]}.zip"
        if packed.exists():
            return packed
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache) as scratch:
            installed = Path(scratch) / "site-packages"
            installed.mkdir()
            abi = self._RUNTIME_TO_ABI[PYTHON_VERSION]
            try:
                self._dependency_builder.build_site_packages(abi, str(requirements), str(installed))
            except MissingDependencyError as error:
                missing = ", ".join(sorted(package.identifier for package in error.missing))
                raise DeployError(f"No build for AWS Lambda was found of {missing}.") from error
            except (NoSuchPackageError, PackageDownloadError) as error:
                raise DeployError(f"{error}\nRun `make setup` again, then deploy.") from error
            unfinished = Path(scratch) / "dependencies.zip"
            with ZipFile(unfinished, "w") as archive:
                contents = Contents() if self._keeps_all else Contents(is_dead_weight)
                self._add_py_deps(cast(ZipFile, contents), str(installed))
                contents.store(archive)
            # Atomic, because two deployments may build it at the same time.
            unfinished.replace(packed)
        return packed

    @staticmethod
    def _remove_old_packages(directory: Path) -> None:
        packages = sorted(directory.glob("*.zip"), key=lambda path: path.stat().st_mtime)
        for package in packages[:-KEPT_PACKAGES]:
            package.unlink()


def deployment_package(project: Path, architecture: str = ARCHITECTURE) -> Path:
    """Return the path of the package of the present sources, whether it exists or not."""
    osutils = OSUtils()
    builder = DependencyBuilder(osutils, architecture=architecture)
    packager = LambdaDeploymentPackager(osutils, builder, UI(), architecture)
    return Path(packager.deployment_package_filename(str(project), PYTHON_VERSION))
