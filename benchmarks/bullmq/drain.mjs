// Fills a BullMQ queue, drains it with one Worker, prints one line of JSON.
// Timed from the first job's start to the last one's completion, as for the other contestants.

import { performance } from "node:perf_hooks";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const { redisUrl, jobs, concurrency } = JSON.parse(process.argv[2]);
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });

// 333 bytes, as `benchmarks/payload.py` makes them.
function payload(number) {
  const fields = {
    posting_id: `posting-${String(number % 40).padStart(4, "0")}`,
    candidate_id: `candidate-${String(Math.floor(number / 10)).padStart(6, "0")}`,
    number: String(number).padStart(8, "0"),
    cover_letter: "",
  };
  fields.cover_letter = "x".repeat(333 - JSON.stringify(fields).length);
  return fields;
}

const queue = new Queue("bench", { connection });
for (let start = 0; start < jobs; start += 100) {
  const batch = [];
  for (let number = start; number < Math.min(start + 100, jobs); number++) {
    batch.push({ name: "noop", data: payload(number) });
  }
  await queue.addBulk(batch);
}

let began = 0;
let done = 0;
const worker = new Worker(
  "bench",
  async (job) => {
    began ||= performance.now();
    return { stored: job.data.number };
  },
  { connection, concurrency, autorun: false },
);
worker.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
const finished = new Promise((resolve) => {
  worker.on("completed", () => {
    done += 1;
    if (done === jobs) resolve();
  });
});
worker.run();
await finished;
const seconds = (performance.now() - began) / 1000;
const { completed } = await queue.getJobCounts("completed");
if (completed !== jobs) {
  console.error(`${completed} of ${jobs} jobs completed`);
  process.exit(1);
}
console.log(JSON.stringify({ jobs, seconds, per_second: jobs / seconds }));
process.exit(0);
