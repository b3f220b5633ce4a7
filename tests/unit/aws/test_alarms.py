"""Alarms and dashboard name metrics that the code writes, or that AWS is known to write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from benchmarks.cost.model import ALARM_METRICS
from chalicelib.common.observability import UNITS
from infrastructure.aws.documents import read_template
from infrastructure.aws.functions import all_functions
from infrastructure.aws.merge import merge_template
from infrastructure.aws.parts import TEMPLATES
from infrastructure.aws.projects import place_of
from infrastructure.aws.stages import load_stage
from infrastructure.local.deploy.projects import PROJECTS
from tests.support.metrics import written_metrics

ROOT = Path(__file__).parents[3]
KINDS = {"applications", "mail", "texts"}
# From the page about metrics and dimensions in each service's own guide.
AWS_METRICS: dict[str, tuple[set[str], set[str]]] = {
    "AWS/ApiGateway": ({"5XXError", "Count", "Latency"}, {"ApiName", "Stage"}),
    "AWS/ElastiCache": ({"EngineCPUUtilization"}, {"CacheClusterId"}),
    "AWS/Lambda": (
        {
            *("AsyncEventsDropped", "ConcurrentExecutions", "DestinationDeliveryFailures"),
            *("Duration", "Errors", "Throttles"),
        },
        {"FunctionName"},
    ),
    "AWS/MemoryDB": ({"EngineCPUUtilization"}, {"ClusterName"}),
    "AWS/SES": ({"Reputation.BounceRate", "Reputation.ComplaintRate"}, set()),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible"}, {"QueueName"}),
}
# Metrics that are neither in an alarm nor on the dashboard, by the reason.
NOT_WATCHED = {
    "regular work": """
        amended amendment_accepted applicants_indexed assignments_ended bulk_commands_sent
        bursts_flagged command_accepted data_export_ready data_export_started due_queued
        employer_names_written erased erased_files erasure_accepted facts_read file_completed
        file_copied files_deleted hired jobs_leased mail_feedback_ignored mail_suppressed moved
        not_done operation_accepted operator_command reinstated rejected resume_imported
        retention_erasures_sent texts_read tree_heads_published unchanged withdrawal_accepted
        withdrawn""",
    "the fault of what a person sent": "file_refused text_refused applicant_words_dropped",
    "a sweep repairs or repeats it": """
        assignments_end_delayed changes_not_limited data_export_attempt_failed
        data_export_not_invoked employer_names_delayed erased_again gates_repaired lease_lost
        orphans_removed""",
    "SweepTasksFailing counts it": """
        applicant_index_sweep_failed bulk_sweep_failed burst_sweep_failed departure_sweep_failed
        due_sweep_failed employer_name_sweep_failed equation_sweep_failed erasure_sweep_failed
        file_sweep_failed gate_sweep_failed orphan_sweep_failed retention_sweep_failed
        store_not_measured""",
    "DeadLetters* count what is left": "dead dead_letters_expired",
    "the audit log of operators is in the log, too": "operator_command_not_recorded",
    "the exports that fail for good have an alarm": "data_export_sweep_failed",
}


class Metric(NamedTuple):
    """A metric as an alarm or the dashboard names it."""

    namespace: str
    name: str
    dimensions: dict[str, Any]
    statistic: str


@cache
def resources() -> dict[str, Any]:
    found: dict[str, Any] = read_template(TEMPLATES / "watch.yaml")["Resources"]
    return found


def alarms() -> dict[str, Any]:
    return {
        name: one["Properties"]
        for name, one in resources().items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }


def metrics_of(alarm: dict[str, Any]) -> Iterator[Metric]:
    for one in alarm.get("Metrics", [{"MetricStat": {"Metric": alarm}}]):
        if "Expression" in one:
            continue
        metric = one["MetricStat"]["Metric"]
        dimensions = {pair["Name"]: text(pair["Value"]) for pair in metric.get("Dimensions", [])}
        statistic = one["MetricStat"].get("Stat") or (
            alarm.get("Statistic") or alarm["ExtendedStatistic"]
        )
        yield Metric(metric["Namespace"], metric["MetricName"], dimensions, statistic)


def text(value: Any) -> str:
    """Return a value of a template as a text."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub") or f"${{{value['Ref']}}}" if "Fn::If" not in value else "?"
    return str(value)


def dashboard_metrics() -> Iterator[Metric]:
    body = json.loads(resources()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    for widget in body["widgets"]:
        for namespace, name, *rest, options in widget["properties"]["metrics"]:
            dimensions = dict(zip(rest[::2], rest[1::2], strict=True))
            yield Metric(namespace, name, dimensions, options["stat"])


def all_metrics() -> list[Metric]:
    of_alarms = [metric for alarm in alarms().values() for metric in metrics_of(alarm)]
    return [*of_alarms, *dashboard_metrics()]


def test_metric_of_ours_is_written_by_the_code() -> None:
    written = written_metrics()
    for metric in all_metrics():
        if metric.namespace == "Hirelane":
            assert written[metric.name] == metric.dimensions.keys(), metric
            assert metric.dimensions["stage"] == "${Stage}", metric
            assert metric.dimensions.get("kind", "mail") in KINDS, metric
            is_percentile = metric.statistic.startswith("p")
            assert is_percentile <= (UNITS.get(metric.name) == "Milliseconds"), metric


def test_metric_of_aws_has_its_dimensions() -> None:
    functions = {function.name_at("${Stage}") for function in all_functions().values()}
    queue = read_template(TEMPLATES / "failures.yaml")["Resources"]["FailedInvocations"]
    for metric in all_metrics():
        if metric.namespace == "Hirelane":
            continue
        names, dimensions = AWS_METRICS[metric.namespace]
        assert metric.name in names, metric
        assert metric.dimensions.keys() == dimensions, metric
        assert metric.dimensions.get("FunctionName") in {None, *functions}, metric
        if metric.dimensions.get("QueueName", "?") != "?":
            assert metric.dimensions["QueueName"] == queue["Properties"]["QueueName"]["Fn::Sub"]


def test_metrics_of_the_api_name_the_api_of_this_stage() -> None:
    stage = load_stage("prod")
    place = place_of(stage, "aws", "123456789012", stage.file.region)
    api = merge_template(PROJECTS["api"], stage, place, "1")["Resources"]["RestAPI"]["Properties"]
    name = api["DefinitionBody"]["info"]["title"].replace("prod", "${Stage}")
    named = {one.dimensions["ApiName"] for one in all_metrics() if "ApiName" in one.dimensions}
    assert named == {name}


def test_every_metric_is_watched_or_has_a_reason_not_to_be() -> None:
    ignored = [name for names in NOT_WATCHED.values() for name in names.split()]
    watched = {metric.name for metric in all_metrics() if metric.namespace == "Hirelane"}
    assert sorted({*ignored, *watched}) == sorted(written_metrics())
    assert len(ignored) == len(set(ignored) - watched)


def test_errors_of_every_function_raise_an_alarm() -> None:
    watched = {
        metric.dimensions["FunctionName"]
        for alarm in alarms().values()
        for metric in metrics_of(alarm)
        if metric.name == "Errors"
    }
    assert watched == {function.name_at("${Stage}") for function in all_functions().values()}


@pytest.mark.parametrize("name", alarms())
def test_alarm_names_its_runbook_and_reaches_a_person(name: str) -> None:
    alarm = alarms()[name]
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    assert alarm["AlarmName"] == {"Fn::Sub": f"hirelane-${{Stage}}-{words}"}
    assert re.search(r" Runbook docs/runbooks/[a-z-]+\.md$", alarm["AlarmDescription"])
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Alarms"}]
    # CloudWatch computes at most ten metrics for an alarm.
    assert len(list(metrics_of(alarm))) <= 10


@pytest.mark.parametrize("name", alarms())
def test_missing_data_means_what_the_metric_says(name: str) -> None:
    """A counter has no value without events; a measured value is absent if nothing measures."""
    alarm = alarms()[name]
    metrics = list(metrics_of(alarm))
    measured = ("oldest_", "jobs_", "store_", "Reputation.", "EngineCPU")
    is_measured = all(metric.name.startswith(measured) for metric in metrics)
    absence_is_the_fault = name.startswith("SweepMissing")
    expected = "breaching" if absence_is_the_fault else "ignore" if is_measured else "notBreaching"
    assert alarm["TreatMissingData"] == expected


def test_cost_model_counts_the_metrics_of_alarms() -> None:
    assert sum(len(list(metrics_of(alarm))) for alarm in alarms().values()) == ALARM_METRICS


def test_operations_page_lists_the_metrics_that_the_code_writes() -> None:
    page = (ROOT / "docs/operations.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(written_metrics())


def test_monitoring_page_lists_the_alarms() -> None:
    page = (ROOT / "docs/monitoring.md").read_text().split("\n## Alarms\n")[1].split("\n## ")[0]
    rows = re.findall(
        r"^\| `([\w-]+)` \| .+ \| \[([\w-]+)\]\(runbooks/\2\.md\) \|$", page, re.MULTILINE
    )
    names = [alarm["AlarmName"]["Fn::Sub"].split("}-")[1] for alarm in alarms().values()]
    runbooks = [
        alarm["AlarmDescription"].rpartition("/")[2].removesuffix(".md")
        for alarm in alarms().values()
    ]
    assert rows == list(zip(names, runbooks, strict=True))
