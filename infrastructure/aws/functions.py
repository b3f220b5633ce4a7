"""The Lambda functions of the projects, read from their sources without running them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infrastructure.local.deploy.projects import PROJECTS, Project
from infrastructure.local.stack.layout import REPOSITORY

HANDLER = "api_handler"
ALIAS = "live"


@dataclass(frozen=True)
class Function:
    """A Lambda function.

    Args:
        project: The project whose package it runs.
        name: Its name in the project; that of the function that answers requests is `api_handler`.
        is_scheduled: Whether a schedule invokes it.
    """

    project: Project
    name: str
    is_scheduled: bool = False

    @property
    def key(self) -> str:
        """The name in functions.json and in the files of stages."""
        return f"{self.project.name}/{self.name}"

    @property
    def answers_requests(self) -> bool:
        """Whether API Gateway invokes it, which waits for the answer."""
        return self.name == HANDLER

    def name_at(self, stage: str) -> str:
        """Return the name that Chalice gives it in a deployment stage."""
        prefix = f"{self.project.app_name}-{stage}"
        return prefix if self.answers_requests else f"{prefix}-{self.name}"

    @property
    def logical_id(self) -> str:
        """Its logical id in a template of `chalice package`."""
        if self.answers_requests:
            return "APIHandler"
        return "".join(word.capitalize() for word in self.name.replace("-", "_").split("_"))


def functions_of(project: Project, repository: Path = REPOSITORY) -> list[Function]:
    """Return the functions of a project, in the order of its source."""
    source = ast.parse((repository / project.folder / "app.py").read_text())
    found = [
        Function(project, name, is_scheduled=decorator == "schedule")
        for node in source.body
        if isinstance(node, ast.FunctionDef)
        for decorator, name in _decorators(node)
    ]
    return found if project.is_worker else [Function(project, HANDLER), *found]


def all_functions(repository: Path = REPOSITORY) -> dict[str, Function]:
    """Return the functions of all projects by their keys."""
    return {
        function.key: function
        for project in PROJECTS.values()
        for function in functions_of(project, repository)
    }


def _decorators(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each function that a decorator of Chalice makes."""
    for decorator in node.decorator_list:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and isinstance(decorator.func.value, ast.Name)
            and decorator.func.value.id == "app"
        ):
            names = [word.value for word in decorator.keywords if word.arg == "name"]
            name = names[0].value if names and isinstance(names[0], ast.Constant) else node.name
            yield decorator.func.attr, str(name)
