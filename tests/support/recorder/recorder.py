"""Print each call of an AWS service that a deployed function makes, once for a process.

The wrapper script beside it runs this module, which then runs the script of the runtime. An URL or
a form that is signed for somebody else counts as the call that it permits.

The files of a candidate seem older than they are, because the erasure of an application leaves
files of the same day to the sweep.
"""

import os
import runpy
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

_AGE = timedelta(days=2)

_seen: set[str] = set()


def record(service: str, operation: str) -> None:
    if (line := f"RECORDED {service}:{operation}") not in _seen:
        _seen.add(line)
        # Not `print`, because the function of operators redirects it while a command runs.
        os.write(1, f"{line}\n".encode())


def record_calls() -> None:
    """Change botocore so that it records each call."""
    from botocore import client, signers

    _before(client.BaseClient, "_make_api_call", _record_call)
    _age_files(client.BaseClient)
    _before(signers.RequestSigner, "generate_presigned_url", _record_url)
    _before(signers.S3PostPresigner, "generate_presigned_post", _record_form)


def _record_call(self: Any, operation_name: str, api_params: Any) -> None:
    record(self.meta.service_model.signing_name, operation_name)


def _record_url(self: Any, request_dict: Any, operation_name: str, **_: Any) -> None:
    record("s3", operation_name)


def _record_form(*_: Any, **__: Any) -> None:
    record("s3", "PutObject")


def _before(owner: Any, name: str, before: Callable[..., None]) -> None:
    method = getattr(owner, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        before(*arguments, **options)
        return method(*arguments, **options)

    setattr(owner, name, wrapped)


def _age_files(owner: Any) -> None:
    call = owner._make_api_call

    def wrapped(self: Any, operation_name: str, api_params: Any) -> Any:
        answer = call(self, operation_name, api_params)
        # Only a list of one candidate has a prefix.
        if operation_name == "ListObjectsV2" and api_params["Prefix"]:
            for one in answer.get("Contents", ()):
                one["LastModified"] -= _AGE
        return answer

    owner._make_api_call = wrapped


if __name__ == "__main__":
    record_calls()
    sys.argv.pop(0)
    runpy.run_path(sys.argv[0], run_name="__main__")
