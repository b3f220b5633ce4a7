"""The outputs of the stacks of a stage in Systems Manager, and parameters made from them."""

from collections.abc import Mapping

from infrastructure.aws.documents import Template
from infrastructure.aws.stages import DeploymentStage
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError

MOST_NAMES = 10


class Values:
    """The outputs of all stacks of a stage: `/hirelane/<stage>/<part>/<Output>`."""

    def __init__(self, target: Target) -> None:
        self._client = target.client("ssm")
        self._stage = target.stage
        self._by_part = self._read()

    def all(self) -> dict[str, str]:
        """Return the outputs of all parts by their names."""
        return {name: value for part in self._by_part.values() for name, value in part.items()}

    def store(self, part: str, outputs: Mapping[str, str]) -> None:
        """Store the outputs of a part; unchanged ones are not written again."""
        known = self._by_part.setdefault(part, {})
        for name, value in outputs.items():
            # Systems Manager takes no empty values.
            if value and known.get(name) != value:
                path = self._stage.parameter_path(part, name)
                self._client.put_parameter(Name=path, Value=value, Type="String", Overwrite=True)
                known[name] = value

    def remove(self, part: str) -> None:
        """Remove the outputs of a part."""
        names = [self._stage.parameter_path(part, name) for name in self._by_part.pop(part, {})]
        for start in range(0, len(names), MOST_NAMES):
            self._client.delete_parameters(Names=names[start : start + MOST_NAMES])

    def _read(self) -> dict[str, dict[str, str]]:
        root = self._stage.parameter_path()
        found: dict[str, dict[str, str]] = {}
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=root, Recursive=True
        )
        for page in pages:
            for one in page["Parameters"]:
                part, _, name = one["Name"].removeprefix(f"{root}/").partition("/")
                found.setdefault(part, {})[name] = one["Value"]
        return found


def stack_parameters(
    part: str, template: Template, stage: DeploymentStage, known: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of the stack of a part.

    A value comes from the stage's file, or else from an output of another part with the same name.

    Args:
        part: The name of the part.
        template: Its template.
        stage: The deployment stage.
        known: The outputs of other parts.

    Raises:
        DeployError: The stage's file names an unknown parameter, or a value is missing.
    """
    declared = template.get("Parameters", {})
    chosen = stage.parameters(part)
    if unknown := sorted(set(chosen) - set(declared)):
        raise DeployError(
            f"The part {part} has no parameter {', '.join(unknown)}; see stages/{stage.name}.json."
        )
    candidates = {**known, "Stage": stage.name, **chosen}
    values = {name: candidates[name] for name in declared if name in candidates}
    required = {name for name, about in declared.items() if "Default" not in about}
    if missing := sorted(required - set(values)):
        raise DeployError(
            f"The part {part} needs {', '.join(missing)}: deploy the parts before it,"
            f" or set it in stages/{stage.name}.json."
        )
    return values
