-- settle: ends a claim. One round trip for all its lanes.
--
-- ARGV[3]  MessagePack [{lane, token, outcomes}], the outcomes in the order of the lane's jobs, each
--          {id, verdict, ...}:
--            {id, 'done',  result, follow_ups}   result: base64 of the JSON value, '' for none
--            {id, 'retry', delay (ms), counts}   the lane waits that long, then starts with this job;
--                                                counts (0 or 1): whether that used up an attempt
--            {id, 'dead',  error}                error: base64 of the zlib-compressed text
--          follow_ups: [{kind, lane, {id, data, meta, description, timeout}}]
-- ARGV[4]  how long a result is kept (s)      ARGV[5]  how long a dead letter is kept (s)
-- ARGV[6]  drain id for follow-ups            ARGV[7]  most drains
-- ARGV[8]  lanes per drain                    ARGV[9]  grace for a drain to start (ms)
-- ARGV[10] and on: the data of the follow-ups
--
-- Returns {lanes refused because the token was stale, kinds for which a drain is to be woken}.
--
-- Invariants:
--   * A stale token changes nothing in its lane.
--   * A job leaves its lane in the same step in which its result and its follow-ups are written.
--   * Outcomes after a retry in the same lane are not applied: those jobs come after it, in order.
--   * Jobs of the lane without an outcome stay; a lane with jobs left goes to the end of the ring.

local function finish(lane, outcome, status, registry, ttl, result)
  local id = outcome[1]
  local job = key('job', id)
  local ended = rq_time()
  redis.call('HSET', job, 'status', status, 'ended_at', ended)
  redis.call('EXPIRE', job, ttl)
  local results = key('results', id)
  redis.call('XADD', results, 'MAXLEN', 10, '*', unpack(result))
  redis.call('EXPIRE', results, ttl)
  local registered = key(registry, lane)
  redis.call('ZADD', registered, time[1] + ttl, id)
  -- The registry must outlive its newest entry and no more: there is one for each lane.
  redis.call('EXPIRE', registered, ttl)
end

-- rq.results.Result.Type: 1 successful, 2 failed.
local verdicts = {}

function verdicts.done(lane, outcome, result_ttl)
  local result = {'type', 1, 'worker_name', ''}
  if outcome[3] ~= '' then
    result[#result + 1] = 'return_value'
    result[#result + 1] = outcome[3]
  end
  finish(lane, outcome, 'finished', 'finished', result_ttl, result)
end

function verdicts.dead(lane, outcome, _, failure_ttl)
  finish(lane, outcome, 'failed', 'failed', failure_ttl,
    {'type', 2, 'worker_name', '', 'exc_string', outcome[3]})
end

local leases, delayed, fences = key('leases', kind), key('delayed', kind), key('fences', kind)
local result_ttl, failure_ttl = tonumber(ARGV[4]), tonumber(ARGV[5])
local stale, followed = {}, {}

for _, settled in ipairs(cmsgpack.unpack(ARGV[3])) do
  local lane, token, outcomes = settled[1], settled[2], settled[3]
  if redis.call('HGET', fences, lane) ~= string.format('%.0f', token) then
    stale[#stale + 1] = lane
  else
    local queue = key('queue', lane)
    local held_ms
    for _, outcome in ipairs(outcomes) do
      local id, verdict = outcome[1], outcome[2]
      if verdict == 'retry' then
        if outcome[4] == 1 then redis.call('HINCRBY', key('job', id), 'attempts', 1) end
        held_ms = outcome[3]
        break
      end
      -- The head of the list, unless someone moved jobs by hand.
      redis.call('LREM', queue, 1, id)
      verdicts[verdict](lane, outcome, result_ttl, failure_ttl)
      for _, follow_up in ipairs(outcome[4] or {}) do
        local of, to, job = follow_up[1], follow_up[2], follow_up[3]
        if redis.call('EXISTS', key('job', job.id)) == 0 then push(of, to, job) end
        followed[of] = true
      end
    end
    redis.call('ZREM', leases, lane)
    redis.call('HDEL', fences, lane)
    -- The lease may have run out meanwhile and put the lane back; it is placed anew below.
    redis.call('ZREM', KEYS[1], lane)
    if redis.call('LLEN', queue) == 0 then
      redis.call('SREM', prefix .. ':queues', queue)
    elseif held_ms and held_ms > 0 then
      redis.call('ZADD', delayed, now_ms + held_ms, lane)
    else
      arm(kind, lane)
    end
  end
end

local wake = {}
for of in pairs(followed) do
  if want_drain(of, ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])) == 1 then
    wake[#wake + 1] = of
  end
end
return {stale, wake}
