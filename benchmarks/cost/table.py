"""The tables of the cost model in Markdown, for docs/cost.md."""

from __future__ import annotations

from typing import Any

from benchmarks.cost.model import DAYS, LOADS, STORES, Model, safe_and_cheapest

BEGIN = "<!-- make cost: begin -->"
END = "<!-- make cost: end -->"


def tables(model: Model, usage: dict[str, Any]) -> str:
    """Return all tables."""
    return "\n".join([*_totals(model), "", *_parts(model), "", *_use(usage)])


def replaced(page: str, text: str) -> str:
    """Return the page with the text between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _totals(model: Model) -> list[str]:
    lines = [
        f"A month in USD, {model.region}, prices of {model.date}:",
        "",
        "| store | promise about a 202 | " + " | ".join(_heading(load) for load in LOADS) + " |",
        "|---|---|" + "---:|" * len(LOADS),
    ]
    for store in STORES:
        cells = []
        for load in LOADS:
            total = sum(model.month(load, store).values())
            mark = "**" if store == safe_and_cheapest(model, load) else ""
            cells.append(f"{mark}{_money(total)}{mark}")
        lines.append(f"| {store.name} | {store.promise} | {' | '.join(cells)} |")
    visits = _money(model.visits(1_000_000))
    lines += [
        "",
        "Bold is the cheapest that keeps the promise. A million visits that end without an"
        f" application cost {visits} more.",
    ]
    return lines


def _heading(load: Any) -> str:
    return f"{load.name}: {load.applications:,} a month"


def _parts(model: Model) -> list[str]:
    """Return what the cheapest safe choice consists of."""
    chosen = [(load, safe_and_cheapest(model, load)) for load in LOADS]
    months = [model.month(load, store) for load, store in chosen]
    lines = [
        "The parts of these:",
        "",
        "| part | " + " | ".join(load.name for load, _ in chosen) + " |",
        "|---|" + "---:|" * len(chosen),
    ]
    lines += [
        f"| {part} | " + " | ".join(_money(month[part]) for month in months) + " |"
        for part in months[0]
    ]
    each = [
        sum(month.values()) / load.applications
        for (load, _), month in zip(chosen, months, strict=True)
    ]
    nodes = [
        f"{store.nodes} x {model.store_node(load, store).name}, {model.mongodb_node(load).name}"
        for load, store in chosen
    ]
    rates = [load.applications / DAYS / 86400 for load, _ in chosen]
    lines += [
        "| sizes | " + " | ".join(nodes) + " |",
        "| an application, in cents | " + " | ".join(f"{100 * one:.3g}" for one in each) + " |",
        "| on average a second | " + " | ".join(f"{rate:.2g}" for rate in rates) + " |",
    ]
    return lines


def _use(usage: dict[str, Any]) -> list[str]:
    one, many = usage["one_by_one"], usage["at_once"]
    rows = [
        ("commands in Redis, with those of scripts", "redis_commands", 1),
        ("processor time of Valkey, µs", "redis_cpu_us", 1),
        ("processor time of API and workers, ms", "process_cpu_us", 1000),
        ("bytes to Redis, kB", "redis_bytes_in", 1000),
        ("kept in Redis for a day, kB", "redis_memory_bytes", 1000),
        ("commands to MongoDB", "mongodb_commands", 1),
        ("stored in MongoDB, kB", "mongodb_bytes", 1000),
        ("invocations of drains", "", 1),
        ("time of drains, ms", "", 1),
        ("log, kB", "log_bytes", 1000),
        ("e-mails", "emails", 1),
    ]
    lines = [
        f"What one application uses, measured on {usage['measured']} ({usage['machine']}):",
        "",
        "| | one by one | many at once |",
        "|---|---:|---:|",
    ]
    for title, name, divisor in rows:
        cells = []
        for use in (one, many):
            if title == "invocations of drains":
                value = use["applications_drain_invocations"] + use["mail_drain_invocations"]
            elif title == "time of drains, ms":
                value = 1000 * (use["applications_drain_seconds"] + use["mail_drain_seconds"])
            else:
                value = use[name] / divisor
            cells.append(f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
