import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { unchangedMs } from "../../../web/candidate/application-model.js";
import { isClosed } from "../../../web/candidate/posting-view.js";
import { serverNow, setServerClock } from "../../../web/core/api-client.js";
import { startStopwatch } from "../../../web/core/browser-features.js";

const SERVER = Date.parse("2026-11-28T12:00:00Z");
const HOUR = 3_600_000;
const SKEWS = [-7 * HOUR, -120_000, 0, 120_000, 7 * HOUR];
let visitor = SERVER;
let uptime = 0;

const answer = (headers) => setServerClock(new Headers(headers));
const advance = (ms) => {
  visitor += ms;
  uptime += ms;
};

beforeEach(() => {
  visitor = SERVER;
  Date.now = () => visitor;
  performance.now = () => uptime;
});

test("before the first answer the visitor's clock counts", () => {
  assert.equal(serverNow(), SERVER);
});

test("times are compared with the server's clock", () => {
  for (const skew of SKEWS) {
    visitor = SERVER + skew;
    answer({ Date: new Date(SERVER).toUTCString() });
    advance(5000);
    assert.equal(serverNow(), SERVER + 5000);
    const at = (ms) => new Date(SERVER + ms).toISOString();
    assert.deepEqual(
      [4000, 6000].map((ms) => isClosed({ closes_at: at(ms) })),
      [true, false],
    );
    assert.equal(unchangedMs({ timeline: [{ at: at(0) }] }), 5000);
  }
});

test("the age of a cached answer is added", () => {
  answer({ Date: new Date(SERVER - 60_000).toUTCString(), Age: "60" });
  assert.equal(serverNow(), SERVER);
});

test("an answer without a valid date changes nothing", () => {
  answer({ Date: new Date(SERVER + HOUR).toUTCString() });
  answer({});
  answer({ Date: "yesterday" });
  assert.equal(serverNow(), SERVER + HOUR);
});

test("a stopwatch measures while the computer sleeps or its clock is set back", () => {
  const elapsed = startStopwatch();
  uptime += 1000;
  visitor -= HOUR;
  assert.equal(elapsed(), 1000);
  visitor += 2 * HOUR;
  assert.equal(elapsed(), HOUR);
});
