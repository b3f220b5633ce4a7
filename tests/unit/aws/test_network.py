"""The interface endpoints of the network: what functions reach without the internet."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from benchmarks.cost.model import ENDPOINTS
from infrastructure.aws.deployment import Deployment
from infrastructure.aws.documents import read_template
from infrastructure.aws.parts import TEMPLATES, parts
from infrastructure.aws.stages import DeploymentStage, StageFile
from infrastructure.aws.target import Target

TEMPLATE = read_template(TEMPLATES / "network.yaml")
ALWAYS = {"lambda", "secretsmanager", "email"}


def value(text: Any, parameters: dict[str, str]) -> Any:
    """Return the value of a condition or of an intrinsic function."""
    if not isinstance(text, dict):
        return text
    [(function, given)] = text.items()
    if function == "Ref":
        return parameters.get(given, given)
    if function == "Condition":
        return value(TEMPLATE["Conditions"][given], parameters)
    if function == "Fn::If":
        name, *choices = given
        return value(choices[not value({"Condition": name}, parameters)], parameters)
    if function == "Fn::Sub":
        pattern, names = given if isinstance(given, list) else (given, {})
        pattern = pattern.replace("AWS::Region", "Region")
        known = {name: value(one, parameters) for name, one in names.items()}
        return pattern.replace("${", "{").format(Region="eu-central-1", **known)
    members = [value(one, parameters) for one in given]
    operations: dict[str, Callable[[list[Any]], bool]] = {
        "Fn::Equals": lambda both: both[0] == both[1],
        "Fn::Not": lambda one: not one[0],
        "Fn::And": all,
        "Fn::Or": any,
    }
    return operations[function](members)


def services(egress: str, store: str, *, endpoints: str = "true") -> set[str]:
    """Return the services that have an interface endpoint."""
    defaults = {name: one.get("Default", "") for name, one in TEMPLATE["Parameters"].items()}
    chosen = {"Egress": egress, "Store": store, "InterfaceEndpoints": endpoints}
    parameters = defaults | chosen
    found = set()
    for name, resource in TEMPLATE["Resources"].items():
        properties = resource["Properties"]
        if properties.get("VpcEndpointType") != "Interface" or name == "MongoEndpointOfAtlas":
            continue
        if value({"Condition": resource["Condition"]}, parameters):
            assert properties["PrivateDnsEnabled"]
            found.add(value(properties["ServiceName"], parameters).rpartition(".")[2])
    return found


@pytest.mark.parametrize(
    ("store", "service"), [("elasticache", "elasticache"), ("memorydb", "memory-db")]
)
def test_api_of_the_store_is_reached_without_egress(store: str, service: str) -> None:
    """Readiness asks it whether the store is durable."""
    for endpoints in ("true", "false"):
        assert services("none", store, endpoints=endpoints) == {*ALWAYS, service}
    session: Any = boto3
    client = session.client(store, region_name="eu-central-1")
    # With private DNS, the endpoint answers for this name.
    assert client.meta.endpoint_url == f"https://{service}.eu-central-1.amazonaws.com"


def test_other_networks_need_no_endpoint_for_the_store() -> None:
    assert services("none", "valkey-ec2") == ALWAYS
    for egress, store in product(("nat-instance", "nat-gateway"), ("elasticache", "memorydb")):
        assert services(egress, store) == ALWAYS
        assert services(egress, store, endpoints="false") == set()
    # The model of the cost has a NAT instance.
    assert len(ALWAYS) == ENDPOINTS


def test_network_is_made_for_the_store_of_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outputs of the stack may be those of an earlier store."""
    file = StageFile("eu-central-1", parameters={"store": {"Store": "memorydb"}})
    target = Target(DeploymentStage("prod", file))
    deployment = Deployment(target, lambda line: None)
    outputs = SimpleNamespace(all=lambda: {"Store": "elasticache"})
    monkeypatch.setattr(Deployment, "_values", outputs)
    monkeypatch.setattr(deployment, "_computed", lambda: {"Store": target.stage.store})
    applied: list[dict[str, str]] = []
    monkeypatch.setattr(deployment, "_apply", lambda *given: applied.append(given[-1]))
    [network] = [part for part in parts() if part.name == "network"]
    deployment._deploy_template(network)
    assert [one["Store"] for one in applied] == ["memorydb"]
