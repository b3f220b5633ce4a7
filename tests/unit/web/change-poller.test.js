import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { intervalAfter, poll } from "../../../web/core/change-poller.js";

const MINUTE = 60_000;
const runCallbacks = () => new Promise(setImmediate);

let now = 0;
let timers = new Map();
let page = new EventTarget();

/** Advance the clock, and run the timers that are due in between. */
async function advance(ms) {
  const end = now + ms;
  for (;;) {
    await runCallbacks();
    const [id, timer] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
    if (!timer || timer.at > end) break;
    timers.delete(id);
    now = timer.at;
    timer.run();
  }
  now = end;
}

/** Poll a resource that changes when `resource.version` does; count the requests. */
function start({ unchangedMs = 0 } = {}) {
  const resource = { version: 1, requests: 0, shown: [], error: null };
  const ended = new AbortController();
  poll({
    signal: ended.signal,
    unchangedMs,
    read: async (etag) => {
      resource.requests += 1;
      if (resource.error) throw resource.error;
      const current = String(resource.version);
      return { status: etag === current ? 304 : 200, body: resource.version, etag: current };
    },
    onChange: (version) => resource.shown.push(version),
  });
  const count = async (ms) => {
    const before = resource.requests;
    await advance(ms);
    return resource.requests - before;
  };
  return { resource, count, stop: () => ended.abort() };
}

function show(visible) {
  page.hidden = !visible;
  page.dispatchEvent(new Event("visibilitychange"));
  return runCallbacks();
}

beforeEach(() => {
  now = 0;
  timers = new Map();
  page = Object.assign(new EventTarget(), { hidden: false });
  let id = 0;
  Object.assign(globalThis, {
    document: page,
    addEventListener: page.addEventListener.bind(page),
    setTimeout: (run, ms) => {
      id += 1;
      timers.set(id, { at: now + ms, run });
      return id;
    },
    clearTimeout: (timer) => timers.delete(timer),
  });
  performance.now = () => now;
});

test("a new change is polled for within a second, for ten minutes", async () => {
  const { count } = start();
  assert.equal(await count(30_000), 75);
  assert.ok((await count(9 * MINUTE)) >= 9 * 60);
});

test("an idle page polls every five minutes, and at once when it becomes visible", async () => {
  for (const [unchangedMs, idle] of [
    [0, 3_700_000],
    [2 * 24 * 60 * MINUTE, 15 * MINUTE],
  ]) {
    const { resource, count, stop } = start({ unchangedMs });
    await advance(idle);
    assert.ok((await count(15 * MINUTE)) < 20);
    assert.equal(await count(50 * MINUTE), 10);

    resource.version = 2;
    await show(true);
    assert.deepEqual(resource.shown, [1, 2]);
    assert.ok((await count(MINUTE)) > 60, "fast again after a change");
    stop();
  }
});

test("a hidden page sends no request until it is visible", async () => {
  const { resource, count } = start();
  await advance(MINUTE);
  await show(false);
  const before = resource.requests;
  assert.equal(await count(60 * MINUTE), 0);
  await show(true);
  assert.equal(resource.requests, before + 1);
});

test("a transient error is asked again within eight seconds, and the advice is followed", async () => {
  const { resource, count } = start({ unchangedMs: 24 * 60 * MINUTE });
  await advance(60 * MINUTE);
  resource.error = { isTransient: true };
  await advance(5 * MINUTE);
  assert.ok((await count(80_000)) >= 9);
  resource.error = { isTransient: true, retryAfter: 60 };
  await advance(MINUTE);
  assert.equal(await count(5 * MINUTE), 5);
});

test("the interval grows without a jump to eight seconds, then to five minutes", () => {
  for (const [unchanged, longest] of [
    [600_000, 8000],
    [3_600_000, 300_000],
  ]) {
    const found = [900];
    while (found.length < 30) found.push(intervalAfter(unchanged, found.at(-1)));
    assert.equal(found.at(-1), longest);
    assert.ok(found.slice(1).every((one, index) => one <= found[index] * 1.5));
  }
});
