"""Read the templates in templates/, and leave out what LocalStack core does not have."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

# Services of AWS that LocalStack core does not have, with what is there instead.
MISSING = {
    "AWS::ElastiCache::": "ElastiCache: the local Valkey is the store",
    "AWS::MemoryDB::": "MemoryDB: the local Valkey is the store",
    "AWS::CloudFront::": "CloudFront: the API serves the web client",
    "AWS::WAFv2::": "WAF: no rules are checked",
    "AWS::Budgets::": "Budgets: nothing costs money",
    "AWS::SES::": "the newer SES API: the identity is verified by the deployment",
    "AWS::CloudWatch::Dashboard": "CloudWatch dashboards",
    "AWS::CloudWatch::AnomalyDetector": "CloudWatch anomaly detectors",
    "AWS::ApiGateway::Account": "API Gateway settings of an account: logs need no role",
    "AWS::EC2::Instance": "virtual machines",
    "AWS::EC2::LaunchTemplate": "virtual machines",
    "AWS::XRay::": "X-Ray: no traces are kept",
}


def _intrinsic(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    """Return the long form of an intrinsic function, such as `!Ref`."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


# The loader of libyaml takes a tenth of the time, where PyYAML has it.
_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
_Loader.add_multi_constructor("!", _intrinsic)


def read_template(path: Path) -> Template:
    """Return a template with the long forms of intrinsic functions."""
    template: Template = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return template


def without_missing(template: Template) -> tuple[Template, dict[str, str]]:
    """Return a template without what LocalStack core lacks, and the reasons by logical id.

    What refers to a missing resource is left out, too.
    """
    resources = dict(template["Resources"])
    reasons: dict[str, str] = {}
    for name, resource in resources.items():
        for prefix, reason in MISSING.items():
            if resource["Type"].startswith(prefix):
                reasons[name] = reason
    while True:
        dependent = {
            name: f"refers to {other}"
            for name, resource in resources.items()
            if name not in reasons
            for other in reasons
            if _refers(resource, other)
        }
        if not dependent:
            break
        reasons |= dependent
    if not reasons:
        return template, {}
    outputs = {
        name: output
        for name, output in template.get("Outputs", {}).items()
        if not any(_refers(output, missing) for missing in reasons)
    }
    kept = {name: one for name, one in resources.items() if name not in reasons}
    return {**template, "Resources": kept, "Outputs": outputs}, reasons


def _refers(value: Any, name: str) -> bool:
    """Return whether a value contains a reference to a resource."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and inner == name:
                return True
            if key == "Fn::GetAtt" and inner and inner[0] == name:
                return True
            if key == "DependsOn" and name in (inner if isinstance(inner, list) else [inner]):
                return True
            if key == "Fn::Sub":
                text = inner[0] if isinstance(inner, list) else inner
                if f"${{{name}}}" in text or f"${{{name}." in text:
                    return True
            if _refers(inner, name):
                return True
        return False
    return isinstance(value, list) and any(_refers(one, name) for one in value)


def text_of(template: Template) -> str:
    """Return a template as compact JSON."""
    return json.dumps(template, separators=(",", ":"), default=str)


def by_reason(missing: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names of resources that are missing, by the reason in words for people."""
    reasons: dict[str, list[str]] = {}
    for name, reason in missing.items():
        if not reason.startswith("refers to"):
            reasons.setdefault(f"LocalStack core has no {reason}", []).append(name)
    return reasons


def some_of(names: list[str]) -> str:
    """Return the first names in words."""
    shown = ", ".join(names[:2])
    return f"{shown} and {len(names) - 2} more" if len(names) > 2 else shown
