"""Functions that LocalStack cannot delete are named, and everything else is deleted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.exceptions import ClientError

from infrastructure.local.deploy.leftovers import remove_leftovers


def clients_with_failing_deletion(status: int) -> Any:
    """Return clients of two functions, of which the first cannot be deleted."""
    names = ("lambda_", "apigateway", "events", "iam", "logs")
    clients: Any = SimpleNamespace(**{name: MagicMock() for name in names})
    functions = ("hirelane-mail-drain", "hirelane-mail-sweep", "other")
    clients.lambda_.get_paginator().paginate.return_value = [
        {"Functions": [{"FunctionName": name} for name in functions]}
    ]
    response: Any = {"Error": {}, "ResponseMetadata": {"HTTPStatusCode": status}}
    clients.lambda_.delete_function.side_effect = [ClientError(response, "DeleteFunction"), None]
    clients.logs.get_paginator().paginate.return_value = [
        {"logGroups": [{"logGroupName": "/aws/lambda/hirelane-mail-sweep"}]}
    ]
    return clients


def test_function_whose_creation_failed_is_named_and_the_rest_deleted() -> None:
    clients = clients_with_failing_deletion(500)
    assert remove_leftovers(clients, "hirelane-mail") == ["hirelane-mail-drain"]
    assert clients.lambda_.delete_function.call_count == 2
    assert clients.logs.delete_log_group.call_count == 1


def test_other_refusals_of_a_deletion_are_reported() -> None:
    with pytest.raises(ClientError):
        remove_leftovers(clients_with_failing_deletion(403), "hirelane-mail")
