"""Change CloudFormation stacks by change sets, wait for them, and explain what failed."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infrastructure.aws.changes import Change, refuse_loss
from infrastructure.aws.target import Progress, Target
from infrastructure.local.deploy.errors import DeployError

POLL_SECONDS = 3.0
LOCAL_POLL_SECONDS = 0.2
# CloudFront and a store may take half an hour.
PATIENCE_SECONDS = 3600.0
WIDTH = 80
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_NO_CHANGES = ("didn't contain changes", "no updates are to be performed", "no changes")


class Stacks:
    """The stacks of a target.

    Args:
        target: The account or the LocalStack, and the stage.
        progress: Called with each line of progress.
        outputs: The outputs of the stacks, among them the role that CI must give CloudFormation.
        replaces_data: Whether a change may replace or remove a resource that holds data.
    """

    def __init__(
        self,
        target: Target,
        progress: Progress,
        outputs: Mapping[str, str],
        *,
        replaces_data: bool = False,
    ) -> None:
        is_ci = f"assumed-role/hirelane-{target.stage.name}-ci-deploy/" in target.caller
        # A workflow has no rights of its own but to start changes with this role.
        self._role = {"RoleARN": outputs["CloudFormationRole"]} if is_ci else {}
        self._client = target.client("cloudformation")
        self._progress = progress
        self._replaces_data = replaces_data
        self._poll = LOCAL_POLL_SECONDS if target.is_localstack else POLL_SECONDS

    def status(self, name: str) -> str:
        """Return the status of a stack; empty if there is none."""
        try:
            return str(self._describe(name)["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return ""
            raise

    def outputs(self, name: str) -> dict[str, str]:
        """Return the outputs of an existing stack."""
        outputs = self._describe(name).get("Outputs", ())
        return {one["OutputKey"]: one["OutputValue"] for one in outputs}

    def resources(self, name: str) -> list[dict[str, Any]]:
        """Return the resources of an existing stack."""
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=name)
        return [one for page in pages for one in page["StackResourceSummaries"]]

    def apply(
        self, name: str, template: Mapping[str, str], parameters: Mapping[str, str]
    ) -> list[Change]:
        """Create or update a stack by a change set, and wait for the end.

        Args:
            name: The name of the stack.
            template: ``TemplateBody`` or ``TemplateURL``.
            parameters: The values of all parameters that have no default, and of others.

        Returns:
            The changes; none if the stack was up to date.

        Raises:
            DeployError: CloudFormation refused the change set, or could not make the changes, or
                they would replace or remove data.
        """
        status = self._settled(name)
        exists = status not in ("", "REVIEW_IN_PROGRESS")
        change_set = f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        self._client.create_change_set(
            StackName=name,
            ChangeSetName=change_set,
            ChangeSetType="UPDATE" if exists else "CREATE",
            Capabilities=_CAPABILITIES,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            **template,
            **self._role,
        )
        changes = self._review(name, change_set, exists=exists)
        if not changes:
            return []
        for change in changes:
            self._progress(change.line())
        if not self._replaces_data:
            try:
                refuse_loss(name, changes)
            except DeployError:
                self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
                raise
        began = datetime.now(UTC)
        self._client.execute_change_set(StackName=name, ChangeSetName=change_set)
        self._wait(name, began)
        return changes

    def delete(self, name: str) -> bool:
        """Delete a stack and wait; return whether there was one.

        Raises:
            DeployError: CloudFormation could not delete a resource.
        """
        if not self.status(name):
            return False
        stack_id = self._describe(name)["StackId"]
        began = datetime.now(UTC)
        self._client.delete_stack(StackName=name, **self._role)
        self._wait(stack_id, began, missing_is_done=True)
        return True

    def _describe(self, name: str) -> dict[str, Any]:
        stack: dict[str, Any] = self._client.describe_stacks(StackName=name)["Stacks"][0]
        return stack

    def _settled(self, name: str) -> str:
        """Return the status of a stack that can be changed; delete one whose creation failed."""
        status = self.status(name)
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            self._progress(f"    {name} is changing; waiting for it.")
            self._wait(name, datetime.now(UTC), ignore_failure=True)
            status = self.status(name)
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
            self._progress(f"    {name} was never created completely; deleting the rest.")
            self.delete(name)
            return ""
        return "" if status == "DELETE_COMPLETE" else status

    def _review(self, name: str, change_set: str, *, exists: bool) -> list[Change]:
        """Wait for a change set. Return its changes, or delete it if there are none."""
        found: list[Change] = []
        while True:
            answer = self._client.describe_change_set(StackName=name, ChangeSetName=change_set)
            if answer["Status"] in ("CREATE_COMPLETE", "FAILED"):
                break
            time.sleep(self._poll)
        reason = answer.get("StatusReason") or ""
        while True:
            found += [Change.read(one["ResourceChange"]) for one in answer.get("Changes", ())]
            if not (token := answer.get("NextToken")):
                break
            answer = self._client.describe_change_set(
                StackName=name, ChangeSetName=change_set, NextToken=token
            )
        is_empty = any(words in reason.lower() for words in _NO_CHANGES)
        if answer["Status"] == "CREATE_COMPLETE" and found:
            return found
        self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
        if answer["Status"] == "FAILED" and not is_empty:
            if not exists:
                self._client.delete_stack(StackName=name, **self._role)
            raise DeployError(f"CloudFormation refused the change of {name}: {reason}")
        return []

    def _wait(
        self,
        name: str,
        began: datetime,
        *,
        missing_is_done: bool = False,
        ignore_failure: bool = False,
    ) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        shown = ""
        while True:
            status = self.status(name)
            if not status and missing_is_done:
                return
            if not status.endswith("_IN_PROGRESS"):
                break
            if time.monotonic() > ends:
                raise DeployError(f"{name} is still {status} after an hour; see its events.")
            current = self._latest(name, began)
            if current and current != shown:
                shown = current
                self._progress(f"    {shown}"[:WIDTH])
            time.sleep(self._poll)
        has_failed = "FAILED" in status or "ROLLBACK" in status
        if has_failed and not ignore_failure:
            raise DeployError(f"{name}: {self.first_failure(name, began)}")

    def _latest(self, name: str, began: datetime) -> str:
        """Return the last resource that is being changed, and for how many seconds."""
        for event in self._events(name, began)[:1]:
            if event["ResourceStatus"].endswith("_IN_PROGRESS"):
                return f"... {event['LogicalResourceId']} {event['ResourceStatus'].lower()}"
        return ""

    def first_failure(self, name: str, began: datetime) -> str:
        """Return the first failure of a change: the other ones follow from it."""
        failures = [
            event
            for event in reversed(self._events(name, began))
            if event["ResourceStatus"].endswith("_FAILED")
            and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
        if not failures:
            return str(
                self._describe(name).get("StackStatusReason") or "it failed without a reason"
            )
        first = failures[0]
        kind = first["ResourceType"].removeprefix("AWS::")
        reason = first.get("ResourceStatusReason", "no reason is given")
        return f"{first['LogicalResourceId']} ({kind}): {reason}"

    def _events(self, name: str, began: datetime) -> list[dict[str, Any]]:
        """Return the events since a time, newest first."""
        try:
            events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        except ClientError:
            return []
        # LocalStack writes times without a zone, which are UTC.
        return [one for one in events if _utc(one["Timestamp"]) >= began.replace(microsecond=0)]


def _utc(time_: datetime) -> datetime:
    return time_ if time_.tzinfo else time_.replace(tzinfo=UTC)
