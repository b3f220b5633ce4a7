"""Random steps of the protocol on a real Valkey, each compared with a model in plain Python.

``protocol.py`` has the steps.

``HIRELANE_MODEL_STEPS`` sets the number of steps, 2000 by default. The default steps are the same
in each run; with the variable they are random, and the seed is printed.
"""

from __future__ import annotations

import os

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from tests.integration.queue.lane_model.clock import use_clocked_scripts
from tests.integration.queue.lane_model.protocol import Protocol
from tests.integration.queue.lane_model.runs import run_some_seeds, run_steps

STEPS = 2_000
# With which steps a broken script is tried. Most mistakes show soon after the first of these seeds.
SEEDS = range(6, 46)
VARIABLE = "HIRELANE_MODEL_STEPS"


def test_lanes_behave_like_the_model(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    use_clocked_scripts(monkeypatch)
    Protocol.redis = redis
    run_steps(Protocol, STEPS, VARIABLE)


# Each mistake replaces a line or two of a script: the script, its text, and the wrong text. Found
# within some hundred steps.
BROKEN = {
    "claim removes jobs from their lane": (
        "claim",
        "redis.call('LRANGE', queue, 0, math.min(jobs_per_lane, jobs_left) - 1)",
        "(redis.call('LPOP', queue, math.min(jobs_per_lane, jobs_left)) or {})",
    ),
    "expired leases are ignored": (
        "claim",
        "for _, source in ipairs({leases, delayed}) do",
        "for _, source in ipairs({delayed}) do",
    ),
    "tokens repeat": ("claim", "redis.call('INCR', prefix .. ':turns')", "1"),
    "an idle drain counts as running": (
        "claim",
        "redis.call('ZREM', drains, ARGV[3])",
        "redis.call('ZADD', drains, now_ms + timeouts.start, ARGV[3])",
    ),
    "drains that the clock left behind count as running": (
        "accept",
        "last_valid(math.max(timeouts.lease, timeouts.start))",
        "'+inf'",
    ),
    "a token is valid twice": ("settle", "redis.call('HDEL', fences, unpack(released))", ""),
    "jobs behind a retry are settled": (
        "settle",
        "redis.call('HINCRBY', key('job', ARGV[o]), 'attempts', 1)\n        end\n        break",
        "redis.call('HINCRBY', key('job', ARGV[o]), 'attempts', 1)\n        end",
    ),
    "RQ's set of queues keeps an empty lane": (
        "settle",
        "redis.call('SREM', prefix .. ':queues', unpack(empty_queues))",
        "",
    ),
    "a rate allows one job too many": ("accept", "'-' .. count)", "'-' .. count + 1)"),
    "a release ignores who holds the key": ("accept", "if id == holder then", "if holder then"),
    "a waiting job is replaced": (
        "accept",
        "origin == lane\n      and (state == 'finished' or state == 'failed')",
        "origin == lane",
    ),
    "a job is replaced more than once": (
        "accept",
        "created_at and created_at == replaces",
        "created_at",
    ),
    "a job with a release is counted for rates": (
        "accept",
        "for _, rate in ipairs(rates) do\n      local times",
        "for _, rate in ipairs(rates_of(lane, '', reserve, sender)) do\n      local times",
    ),
    "a known job releases a key": (
        "accept",
        "local at_text = at\n",
        "local at_text = at"
        " if status == 'known' and release ~= '' then release_key(lane, release) end\n",
    ),
    "a lane that RQ filled is not scheduled": (
        "reconcile_lanes",
        "add_to_ring(kind, {lane})\n      ",
        "",
    ),
    "crashes are not counted": ("claim", "redis.call('HINCRBY', crashes, lane, 1)", ""),
    "suspect lanes are claimed with others": (
        "claim",
        "ready, skips_suspects = healthy, #healthy < #first_lanes",
        "",
    ),
    "a settled lane stays suspect": (
        "settle",
        "redis.call('HDEL', crashes, unpack(released))",
        "",
    ),
    "a refused request registers a drain": ("accept", "if can_wake and running", "if running"),
    "jobs that die together lose their order": (
        "settle",
        "died_ms + #dead_entries / 2000",
        "died_ms",
    ),
    "a pause refuses repeated requests": (
        "accept",
        "if deduplication_key ~= '' then\n    local holder",
        "if intake_pause and is_counted then\n"
        "    return 'paused', '', tonumber(string.match(intake_pause, '^%d+')), 0\n"
        "  end\n"
        "  if deduplication_key ~= '' then\n    local holder",
    ),
    "a pause refuses jobs that no log counts": (
        "accept",
        "if intake_pause and is_counted then",
        "if intake_pause and gate ~= '' then",
    ),
    "paused drains claim": ("claim", "paused and {} or redis.call", "redis.call"),
    "an erased job is not logged": (
        "erase_jobs",
        "if not_done > 0 then log_removal(id, 'erased') end",
        "",
    ),
    "positions start at 0": ("position", "state, job.index + 1", "state, job.index"),
}
# Found after five hundred steps or many more, so only tried in the long form.
BROKEN_RARELY_SEEN = {
    "a drain settles a lane that was erased": (
        "erase",
        "redis.call('HDEL', key('fences', kind), lane)",
        "",
    ),
    "a paused drain stays": ("claim", "local stay = not paused and (", "local stay = ("),
    "an accepted job wakes paused drains": (
        "accept",
        "timeouts))\n  and not is_paused('drains', kind) then",
        "timeouts)) then",
    ),
    "a lease that the clock left behind does not expire": (
        "claim",
        "longest = {[leases] = timeouts.lease,",
        "longest = {[leases] = 86400000,",
    ),
    "a paused intake is remembered": ("accept", "and status ~= 'paused' then", "then"),
    "each gate of a group has a rate of its own": (
        "accept",
        "':group:' .. group), count, window}",
        "':group:' .. gate), count, window}",
    ),
    "a done job releases nothing": (
        "settle",
        "if release ~= '' then release_key(lane.name, release) end\n          finished",
        "finished",
    ),
    "a delay that the clock left behind does not end": (
        "claim",
        "[delayed] = timeouts.delay}",
        "[delayed] = 86400000}",
    ),
    "a rate counts times that the clock left behind": (
        "accept",
        "tonumber(oldest) <= last_valid(0) and ",
        "",
    ),
    "a replaced dead letter stays in its registry": (
        "accept",
        "redis.call('ZREM', key('failed', lane), id)",
        "",
    ),
    "a stale token settles": ("settle", "tokens[i] ~= token", "not tokens[i]"),
    "a lost lane enqueues its follow-ups": (
        "settle",
        "if is_settled[ARGV[f]] then",
        "if true then",
    ),
    "an idempotency key is valid for another request": (
        "accept",
        "first_fingerprint ~= fingerprint",
        "false",
    ),
    "a stale token renews": ("renew", "if token == ARGV[4] then", "if token then"),
    "a redriven job expires": ("redrive", "redis.call('PERSIST', job)", ""),
}
MISTAKES = BROKEN | BROKEN_RARELY_SEEN if VARIABLE in os.environ else BROKEN


@pytest.mark.parametrize("mistake", MISTAKES)
def test_model_finds_a_broken_script(
    mistake: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, old, new = MISTAKES[mistake]
    use_clocked_scripts(monkeypatch, {script: {old: new}})
    Protocol.redis = redis
    with pytest.raises((AssertionError, ResponseError)):
        run_some_seeds(Protocol, STEPS, SEEDS)
    print(f"found after {Protocol.steps} steps")
