"""Run LocalStack so that it answers only requests for this machine.

LocalStack checks the origin of a request, but not its host. A website could give its own name the
address 127.0.0.1 (DNS rebinding), and then read the local e-mails as a page of the same origin.
The Python of LocalStack's environment runs this file.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from localstack_process_executor.compatibility import provide_deprecated

provide_deprecated()

from localstack.aws.app import LocalstackAwsGateway  # noqa: E402
from localstack.runtime.main import main  # noqa: E402

# Names that mean this machine for every browser, and the name that LocalStack publishes.
LOCAL_NAMES = ("localhost", "localhost.localstack.cloud")


def is_this_machine(host: str) -> bool:
    """Return whether a Host header names this machine; the port does not matter."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return any(name == local or name.endswith(f".{local}") for local in LOCAL_NAMES)


def refuse_foreign_host(chain: Any, context: Any, response: Any) -> None:
    """Answer 403 to a request for a host that is not this machine."""
    if not is_this_machine(context.request.headers.get("Host", "")):
        response.status_code = 403
        response.set_response("This host is not allowed: use 127.0.0.1.\n")
        chain.terminate()


class LoopbackGateway(LocalstackAwsGateway):  # type: ignore[misc]
    """LocalStack's gateway, which checks the host of each request first."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.request_handlers.insert(0, refuse_foreign_host)


if __name__ == "__main__":
    # LocalStack imports the class from this module when it starts.
    import localstack.aws.app

    localstack.aws.app.LocalstackAwsGateway = LoopbackGateway
    main()
