"""Remove a stage. What holds data stays, unless the user asks for its deletion too."""

from typing import Any

from botocore.exceptions import ClientError

from infrastructure.aws.parts import Part, parts
from infrastructure.aws.releases import Releases
from infrastructure.aws.settings_secret import SettingsSecrets
from infrastructure.aws.stacks import Stacks
from infrastructure.aws.target import Progress, Target
from infrastructure.aws.values import Values
from infrastructure.aws.web_bucket import WebBucket


class Removal:
    """Removes the stacks of a stage.

    Args:
        target: The account or the LocalStack, and the stage.
        with_data: Whether stores, files and secrets are deleted, too.
    """

    def __init__(self, target: Target, *, with_data: bool) -> None:
        self._target = target
        self._with_data = with_data
        self._deleted = [part for part in parts() if with_data or not part.holds_data]

    def describe(self) -> list[str]:
        """Return in lines what is deleted and what stays."""
        kept = [part.name for part in parts() if part not in self._deleted]
        where = self._target.describe()
        lines = [
            f"From {where}:",
            f"  deleted: {', '.join(part.name for part in reversed(self._deleted))}",
        ]
        if kept:
            lines.append(f"  kept, and still paid for: {', '.join(kept)}")
        return lines

    def run(self, progress: Progress) -> None:
        """Delete the stacks in the reverse order, and what they leave behind.

        Raises:
            DeployError: CloudFormation could not delete a resource. Run it again after the cause
                is gone.
        """
        values = Values(self._target)
        stacks = Stacks(self._target, progress, values.all())
        for part in reversed(self._deleted):
            name = self._target.stage.stack(part.name)
            if part.name == "edge":
                WebBucket(self._target, values.all(), progress).empty()
            was_there = stacks.delete(name)
            values.remove(part.name)
            progress(f"  {part.name:<13} {'deleted' if was_there else 'is not there'}")
            if part.holds_data:
                self._delete_retained(part, progress)
        Releases(self._target).forget()

    def _delete_retained(self, part: Part, progress: Progress) -> None:
        if part.name == "secrets":
            SettingsSecrets(self._target).delete()
        elif part.name == "storage":
            account = self._target.identity[1]
            bucket = f"hirelane-files-{self._target.stage.name}-{account}"
            count = _delete_bucket(self._target.client("s3"), bucket)
            progress(f"  {'':<13} {count} files deleted")


def _delete_bucket(s3: Any, bucket: str) -> int:
    """Delete a bucket with everything in it. Return the number of objects."""
    count = 0
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            if keys := [{"Key": one["Key"]} for one in page.get("Contents", ())]:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
                count += len(keys)
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    return count
