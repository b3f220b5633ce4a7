"""Build the deployment package of a project without installing its dependencies again.

Chalice names a package after a digest of the requirements *and* the sources. Therefore each change
of a source makes it install and pack all dependencies again. Here the dependencies are packed once
for each set of requirements. A package is a copy of that archive with the sources added, under the
name that Chalice looks for, so that Chalice finds its package ready. Chalice's own packager does
all the work, so the package is the one that Chalice would build.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import chalice
from chalice.deploy.packager import (
    DependencyBuilder,
    LambdaDeploymentPackager,
    MissingDependencyError,
    NoSuchPackageError,
    PackageDownloadError,
)
from chalice.utils import UI, OSUtils

from infrastructure.local.deploy.errors import DeployError

PYTHON_VERSION = "python{}.{}".format(*sys.version_info[:2])
KEPT_PACKAGES = 3


class CachingPackager(LambdaDeploymentPackager):
    """Chalice's packager, with a cache of packed dependencies."""

    def __init__(self, cache: Path) -> None:
        osutils = OSUtils()
        self._cache = cache
        super().__init__(osutils, DependencyBuilder(osutils), UI())

    def ensure_package(self, project: Path) -> Path:
        """Return the package of the present sources, and build it if necessary.

        Raises:
            DeployError: A dependency is missing, or has no build that Lambda can run.
        """
        package = Path(self.deployment_package_filename(str(project), PYTHON_VERSION))
        if package.exists():
            return package
        dependencies = self._ensure_dependencies(project / "requirements.txt")
        package.parent.mkdir(parents=True, exist_ok=True)
        unfinished = package.with_suffix(".new")
        shutil.copyfile(dependencies, unfinished)
        with ZipFile(unfinished, "a", ZIP_DEFLATED) as archive:
            self._add_app_files(archive, str(project))
            self._add_vendor_files(archive, str(project / self._VENDOR_DIR))
        unfinished.replace(package)
        self._remove_old_packages(package.parent)
        return package

    def _ensure_dependencies(self, requirements: Path) -> Path:
        content = requirements.read_bytes() if requirements.exists() else b""
        key = f"{chalice.__version__}\n{PYTHON_VERSION}\n{self._architecture}\n".encode() + content
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
            with ZipFile(unfinished, "w", ZIP_DEFLATED) as archive:
                self._add_py_deps(archive, str(installed))
            # Atomic, because two deployments may build it at the same time.
            unfinished.replace(packed)
        return packed

    @staticmethod
    def _remove_old_packages(directory: Path) -> None:
        packages = sorted(directory.glob("*.zip"), key=lambda path: path.stat().st_mtime)
        for package in packages[:-KEPT_PACKAGES]:
            package.unlink()
