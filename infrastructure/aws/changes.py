"""The changes of a change set, and which of them would lose data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from infrastructure.local.deploy.errors import DeployError

_SIGNS = {"Add": "+", "Modify": "~", "Remove": "-", "Import": ">", "Dynamic": "?"}
# What holds jobs that were accepted, files, or keys. A retained or a saved one is not in use any
# more, and its successor is empty.
_DATA_KINDS = frozenset(
    {
        "AWS::EC2::Volume",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::MemoryDB::Cluster",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)


@dataclass(frozen=True)
class Change:
    """A change that a change set makes to a resource."""

    action: str
    logical_id: str
    kind: str
    replaces: bool

    def line(self) -> str:
        """Return it as a line of at most 80 characters."""
        note = "  REPLACED" if self.replaces else ""
        kind = self.kind.removeprefix("AWS::")
        sign = _SIGNS.get(self.action, "?")
        return f"    {sign} {self.logical_id:<35.35} {kind:<28.28}{note}".rstrip()

    @classmethod
    def read(cls, change: dict[str, Any]) -> Self:
        """Return a change as CloudFormation describes it."""
        return cls(
            action=change["Action"],
            logical_id=change["LogicalResourceId"],
            kind=change["ResourceType"],
            replaces=change.get("Replacement") == "True",
        )

    @property
    def loses_data(self) -> bool:
        """Whether it removes or replaces something that holds data."""
        return self.kind in _DATA_KINDS and (self.replaces or self.action == "Remove")


def refuse_loss(stack: str, changes: Iterable[Change]) -> None:
    """Check that changes lose no data.

    Raises:
        DeployError: they do.
    """
    lost = [change.logical_id for change in changes if change.loses_data]
    if lost:
        raise DeployError(
            f"{stack}: this would remove or replace {', '.join(lost)}, with accepted jobs, files or"
            " keys. Nothing was changed. Pause the intake, and wait until the queue is empty; then"
            " deploy with ARGS=--replace-data."
        )
