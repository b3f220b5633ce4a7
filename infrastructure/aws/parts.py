"""The parts of a deployment, in the order in which they are deployed.

A part is a template in templates/ or a Chalice project. A part whose template does not exist is
left out. Each part is one CloudFormation stack.
"""

from dataclasses import dataclass
from pathlib import Path

from infrastructure.aws.stages import DIRECTORY
from infrastructure.local.deploy.projects import PROJECTS, Project

TEMPLATES = DIRECTORY / "templates"

# Parts that functions need come before them. Parts that need functions come after them.
BEFORE = ("network", "store", "secrets", "storage", "failures", "mail")
AFTER = ("edge", "watch")
# Kept by `destroy` unless the user asks for their deletion too; the store is in the network.
DATA = ("network", "store", "secrets", "storage")
# Deployed once by `bootstrap`, not by `deploy`.
BOOTSTRAP = ("bootstrap", "ci")


@dataclass(frozen=True)
class Part:
    """A part of a deployment.

    Args:
        name: Its name, with which its stack ends.
        template: Its template; None if it is a project.
        project: The Chalice project; None if it is a template.
    """

    name: str
    template: Path | None = None
    project: Project | None = None

    @property
    def holds_data(self) -> bool:
        """Whether `destroy` keeps it without --data."""
        return self.name in DATA


def parts(templates: Path = TEMPLATES) -> list[Part]:
    """Return all parts in the order of their deployment."""
    # The API comes last, because it invokes the functions of the workers.
    projects = sorted(PROJECTS.values(), key=lambda project: not project.is_worker)
    return [
        *_templates(BEFORE, templates),
        *(Part(project_part(project, templates), project=project) for project in projects),
        *_templates(AFTER, templates),
    ]


def bootstrap_parts(templates: Path = TEMPLATES) -> list[Part]:
    """Return the parts that `bootstrap` deploys."""
    return _templates(BOOTSTRAP, templates)


def project_part(project: Project, templates: Path = TEMPLATES) -> str:
    """Return the name of the part of a project.

    It is the name of the project. Where a template has the same name, as that of the SES identity
    (`mail`), the part of the project is named `mail-worker`.
    """
    is_taken = (templates / f"{project.name}.yaml").exists() or project.name in BEFORE + AFTER
    return f"{project.name}-worker" if is_taken else project.name


def _templates(names: tuple[str, ...], templates: Path) -> list[Part]:
    found = [(name, templates / f"{name}.yaml") for name in names]
    return [Part(name, template=path) for name, path in found if path.exists()]
