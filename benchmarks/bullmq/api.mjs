// An Express server that adds each request to a BullMQ queue, and a client of it in a process of its own.
// Prints one line of JSON: how many requests were answered with 202 in how much time, and how much processor
// time of the server one of them took (microseconds).

import { fork } from "node:child_process";
import http from "node:http";
import { performance } from "node:perf_hooks";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";

const { redisUrl, jobs, connections, queuePerRequest, target } = JSON.parse(process.argv[2]);
// Requests before the measurement: they open the connections, and Node compiles the program.
const warmUp = 10 * connections;

if (target) {
  await send();
  process.exit(0);
}

const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const shared = new Queue("applications", { connection: redis });
const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.json());
app.post("/postings/:posting/applications", async (request, response) => {
  // A queue of its own opens a connection of its own, as in the system that this project replaces.
  const queue = queuePerRequest
    ? new Queue(`applications-${request.get("x-candidate")}`, { connection: { url: redisUrl } })
    : shared;
  const job = await queue.add("store", { ...request.body, posting: request.params.posting });
  if (queuePerRequest) await queue.close();
  response.status(202).json({ id: job.id, status: "accepted" });
});

const server = app.listen(0, "127.0.0.1", () => {
  const client = fork(process.argv[1], [
    JSON.stringify({ jobs, connections, target: server.address().port }),
  ]);
  let cpuBegan;
  let measured;
  client.on("message", (message) => {
    if (message === "warm") {
      cpuBegan = process.cpuUsage();
    } else {
      const { user, system } = process.cpuUsage(cpuBegan);
      measured = { ...message, cpu_us: (user + system) / jobs };
    }
    client.send("received");
  });
  client.on("exit", async (code) => {
    const keys = await redis.keys("bull:applications*:wait");
    const lengths = await Promise.all(keys.map((key) => redis.llen(key)));
    const waiting = lengths.reduce((sum, length) => sum + length, 0);
    if (code === 0 && waiting !== jobs + warmUp) {
      console.error(`${waiting} of ${jobs + warmUp} jobs are in their queues`);
      process.exit(1);
    }
    if (code === 0) console.log(JSON.stringify(measured));
    process.exit(code);
  });
});

// Sends all requests over keep-alive connections, each of which sends one after another.
async function send() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const body = JSON.stringify({ cover_letter: "x".repeat(300), links: [] });
  const post = (number) =>
    new Promise((resolve, reject) => {
      const request = http.request(
        {
          agent,
          port: target,
          host: "127.0.0.1",
          method: "POST",
          path: `/postings/${Math.floor(number / 100)}/applications`,
          headers: {
            "content-type": "application/json",
            "content-length": body.length,
            "x-candidate": String(number % 100),
          },
        },
        (response) => {
          response.resume();
          response.on("end", () =>
            response.statusCode === 202 ? resolve() : reject(new Error(String(response.statusCode))),
          );
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  let next = 0;
  const work = async (last) => {
    while (next < last) await post(next++);
  };
  const run = (last) => Promise.all(Array.from({ length: connections }, () => work(last)));
  const report = (message) =>
    new Promise((resolve) => {
      process.once("message", resolve);
      process.send(message);
    });
  await run(warmUp);
  await report("warm");
  const began = performance.now();
  await run(jobs + warmUp);
  const seconds = (performance.now() - began) / 1000;
  await report({ jobs, seconds, per_second: jobs / seconds });
}
