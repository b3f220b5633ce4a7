"""Compute the monthly cost of a load on a store, from measured use and prices with their date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).resolve().parent
PRICES = FOLDER / "prices.json"
USAGE = FOLDER / "usage.json"

HOURS = 730
DAYS = 30.4
MINUTES = 60 * HOURS
GB = 1e9
# Lambda gives a whole processor at 1,769 MB ("Configure Lambda function memory").
MB_OF_A_CORE = 1769
MEMORY_MB = {"api": 1024, "applications": 1024, "mail": 512}
# Not measured here: a write to the log of several zones, and a call of SES over the network.
STORE_WAIT_SECONDS = 0.005
SES_SECONDS = 0.05
# Schedules beside the sweeps of the workers: heads and exports.
OTHER_SCHEDULES = 2
# An alarm costs as much as the number of metrics that it watches (tests/unit/aws/test_alarms.py).
ALARM_METRICS = 97
SECRETS = 3
ENDPOINTS = 3
# Of the memory of a node; the rest is for buffers, snapshots and growth.
USABLE = 0.7
# Of MongoDB's storage: this many months of applications with their indexes.
KEPT_MONTHS = 24
INDEX_FACTOR = 2.0


@dataclass(frozen=True)
class Load:
    """Applications in a month."""

    name: str
    applications: int


@dataclass(frozen=True)
class Store:
    """A choice of the store of lanes."""

    name: str
    kind: str
    nodes: int
    promise: str


LOADS = (Load("small", 1_000), Load("medium", 100_000), Load("large", 3_000_000))
STORES = (
    Store("valkey-ec2", "valkey-ec2", 1, "loses what its volume loses: a sandbox"),
    Store("memorydb, 1 node", "memorydb", 1, "keeps it; 503 for minutes when the node dies"),
    Store("memorydb, 2 nodes", "memorydb", 2, "keeps it; fails over in seconds"),
    Store("elasticache, 2 nodes", "elasticache", 2, "keeps it; fails over in seconds"),
)


@dataclass(frozen=True)
class Node:
    """A size of a server: its name, its memory or storage, and its price of an hour."""

    name: str
    gib: float
    hour: float


class Model:
    """The model, with its prices and its measured use."""

    def __init__(self, prices: dict[str, Any], usage: dict[str, Any]) -> None:
        self.date: str = prices["date"]
        self.region: str = prices["region"]
        self._price = {name: float(found[0]) for name, found in prices["prices"].items()}
        self._nodes = {
            kind: [Node(name, gib, hour) for name, gib, hour, _ in nodes]
            for kind, nodes in prices["nodes"].items()
        }
        self._usage: dict[str, dict[str, float]] = usage

    def month(self, load: Load, store: Store) -> dict[str, float]:
        """Return the cost of each part in a month."""
        price = self._price
        each = self._usage["one_by_one"]
        number = load.applications
        requests = number * self._usage["visit"]["api_requests"]
        files = number * self._usage["visit"]["files"]
        node = self.store_node(load, store)
        written = number * each["redis_bytes_in"] / GB
        durable = written * price["durable_write_gb"] if store.kind != "valkey-ec2" else 0.0
        disk = 20 * price["ebs_gp3_gb_month"] if store.kind == "valkey-ec2" else 0.0
        network = (
            ENDPOINTS * price["interface_endpoint_hour"]
            + price["nat_instance_hour"]
            + price["public_ipv4_hour"]
        ) * HOURS
        watch = (
            ALARM_METRICS * price["alarm_month"]
            + price["dashboard_month"]
            + self._usage["custom_metrics"]["number"] * price["metric_month"]
            + SECRETS * price["secret_month"]
        )
        # Pages from CloudFront; requests of the API pass it, too.
        edge = (
            price["waf_month"]
            + (requests + files)
            / 1e6
            * (price["cloudfront_million_requests"] + price["waf_million_requests"])
            + number * self._usage["visit"]["bytes"] / GB * price["cloudfront_gb"]
        )
        return {
            "store": node.hour * store.nodes * HOURS + durable + disk,
            "MongoDB": self.mongodb_node(load).hour * HOURS,
            "network": network,
            "monitoring": watch + self._logs(number, requests),
            "edge": edge,
            "API": requests / 1e6 * price["api_gateway_rest_million"],
            "Lambda": self._functions(number, requests),
            "e-mail": number * each["emails"] / 1000 * price["ses_thousand_emails"],
        }

    def visits(self, number: int) -> float:
        """Return the cost of visits that look at postings and do not apply."""
        price, visit = self._price, self._usage["visit"]
        requests = number * visit["reading_requests"]
        reading = self._usage["reading_request"]
        seconds = reading["postings_seconds"] * 2
        gb_seconds = requests * self._billed("api", seconds + STORE_WAIT_SECONDS, seconds)
        return (
            gb_seconds * price["lambda_gb_second_arm64"]
            + requests
            / 1e6
            * (price["api_gateway_rest_million"] + price["lambda_million_requests"])
            + (requests + number * visit["files"])
            / 1e6
            * (price["cloudfront_million_requests"] + price["waf_million_requests"])
            + number * visit["bytes"] / GB * price["cloudfront_gb"]
            + requests * reading["log_bytes"] / GB * price["logs_gb"]
        )

    def store_node(self, load: Load, store: Store) -> Node:
        """Return the smallest node that holds a day of finished applications."""
        a_day = load.applications / DAYS * self._usage["one_by_one"]["redis_memory_bytes"]
        return self._smallest(store.kind, a_day / 2**30 / USABLE)

    def mongodb_node(self, load: Load) -> Node:
        """Return the smallest size whose storage holds two years of applications."""
        kept = load.applications * KEPT_MONTHS * self._usage["one_by_one"]["mongodb_bytes"]
        return self._smallest("mongodb", kept * INDEX_FACTOR / 2**30)

    def _smallest(self, kind: str, gib: float) -> Node:
        nodes = self._nodes[kind]
        return next((node for node in nodes if node.gib >= gib), nodes[-1])

    def _functions(self, number: int, requests: float) -> float:
        """Return the cost of Lambda: of requests, of drains, and of the schedules."""
        each, idle = self._usage["one_by_one"], self._usage["idle_minute"]
        reading = self._usage["reading_request"]
        a_request = max(each["apply_seconds"], reading["status_seconds"] * 2)
        gb_seconds = requests * self._billed("api", a_request + STORE_WAIT_SECONDS, a_request)
        drains = 0.0
        for kind, waits in (("applications", 0.0), ("mail", SES_SECONDS)):
            seconds = each[f"{kind}_drain_seconds"] + waits
            gb_seconds += number * self._billed(kind, seconds, 0.0)
            drains += number * each[f"{kind}_drain_invocations"]
            gb_seconds += MINUTES * self._billed(kind, idle[f"{kind}_sweep_seconds"], 0.0)
        schedules = MINUTES * (2 + OTHER_SCHEDULES)
        gb_seconds += MINUTES * OTHER_SCHEDULES * self._billed("api", STORE_WAIT_SECONDS, 0.0)
        return (
            gb_seconds * self._price["lambda_gb_second_arm64"]
            + (requests + drains + schedules) / 1e6 * self._price["lambda_million_requests"]
        )

    @staticmethod
    def _billed(function: str, seconds: float, busy: float) -> float:
        """Return the GB-seconds of an invocation.

        Args:
            function: The function, for its memory.
            seconds: How long it takes on one core.
            busy: The part of it that takes longer with a part of a core.
        """
        memory = MEMORY_MB[function]
        longer = busy * (MB_OF_A_CORE / memory - 1)
        return (seconds + longer) * memory / 1024

    def _logs(self, number: int, requests: float) -> float:
        each, reading = self._usage["one_by_one"], self._usage["reading_request"]
        written = (
            number * each["log_bytes"]
            + (requests - number) * reading["log_bytes"]
            + MINUTES * self._usage["idle_minute"]["log_bytes"]
        )
        return written / GB * self._price["logs_gb"]


def load_model() -> Model:
    """Return the model with the files of this folder."""
    return Model(msgspec.json.decode(PRICES.read_bytes()), msgspec.json.decode(USAGE.read_bytes()))


def safe_and_cheapest(model: Model, load: Load) -> Store:
    """Return the cheapest store that keeps the promise."""
    safe = [store for store in STORES if store.promise.startswith("keeps")]
    return min(safe, key=lambda store: sum(model.month(load, store).values()))
