"""The versions of functions in a stack, and the aliases that point to them."""

from collections.abc import Mapping
from typing import Any

from infrastructure.aws.stacks import Stacks
from infrastructure.aws.target import Target


class StackVersions:
    """The versions and aliases of the functions in the stacks of a target."""

    def __init__(self, target: Target, stacks: Stacks) -> None:
        self._lambda = target.client("lambda")
        self._stacks = stacks

    def of(self, name: str) -> dict[str, str]:
        """Return the version numbers of a stack, by the logical ids of aliases and versions."""
        found = {}
        for resource in self._stacks.resources(name):
            identity = str(resource.get("PhysicalResourceId") or "")
            if resource["ResourceType"] == "AWS::Lambda::Version":
                found[resource["LogicalResourceId"]] = identity.rpartition(":")[2]
            elif resource["ResourceType"] == "AWS::Lambda::Alias":
                function, _, alias = identity.rpartition(":")
                answer = self._lambda.get_alias(FunctionName=function, Name=alias)
                found[resource["LogicalResourceId"]] = answer["FunctionVersion"]
        return found

    def restore_aliases(self, name: str, template: Mapping[str, Any]) -> int:
        """Let the aliases of a stack point to its versions again. Return how many did not."""
        present = self.of(name)
        moved = 0
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] != "AWS::Lambda::Alias":
                continue
            properties = resource["Properties"]
            version = present[properties["FunctionVersion"]["Fn::GetAtt"][0]]
            if present[logical_id] != version:
                self._lambda.update_alias(
                    FunctionName=properties["FunctionName"],
                    Name=properties["Name"],
                    FunctionVersion=version,
                )
                moved += 1
        return moved
