"""Give new versions of functions a part of the requests first, by the weights of the alias."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infrastructure.aws.documents import Template
from infrastructure.aws.target import Progress
from infrastructure.local.deploy.errors import DeployError

CHECK_SECONDS = 15.0
_TEXT = re.compile(r"(\d{1,2})%/(\d{1,3})(s|m)")


@dataclass(frozen=True)
class Canary:
    """The share of requests of new versions, and how many seconds they must be healthy."""

    weight: float
    seconds: float

    @classmethod
    def parse(cls, text: str) -> "Canary":
        """Return the canary of a text such as ``10%/5m``.

        Raises:
            DeployError: The text is invalid.
        """
        match = _TEXT.fullmatch(text)
        if match is None or match[1] == "0":
            raise DeployError(f"{text!r} is not a canary: give share and time, such as 10%/5m.")
        return cls(int(match[1]) / 100, int(match[2]) * (60 if match[3] == "m" else 1))


def weighted(template: Template, present: Mapping[str, str], weight: float) -> Template:
    """Return a template whose aliases keep their versions and give new ones a share of requests.

    Args:
        template: The template with the new versions.
        present: The version numbers of the deployed stack, by the logical ids of its aliases and
            of its version resources. A version resource of the stack is new if its alias does not
            point to it, because an earlier canary was stopped or its deployment was rolled back.
        weight: The share of the new versions; 0 for none.
    """
    resources: dict[str, Any] = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Alias" or name not in present:
            resources[name] = resource
            continue
        new = resource["Properties"]["FunctionVersion"]
        if present.get(new["Fn::GetAtt"][0]) == present[name]:
            resources[name] = resource
            continue
        properties = {**resource["Properties"], "FunctionVersion": present[name]}
        if weight:
            share = {"FunctionVersion": new, "FunctionWeight": weight}
            properties["RoutingConfig"] = {"AdditionalVersionWeights": [share]}
        resources[name] = {**resource, "Properties": properties}
    return {**template, "Resources": resources}


def watch(canary: Canary, problem: Callable[[], str], progress: Progress) -> str:
    """Watch new versions for the time of a canary. Return the problem, or nothing."""
    progress(f"    {canary.weight:.0%} of the requests for {canary.seconds:.0f} s")
    ends = time.monotonic() + canary.seconds
    while True:
        if found := problem():
            return found
        left = ends - time.monotonic()
        if left <= 0:
            return ""
        time.sleep(min(CHECK_SECONDS, left))
