-- settle: ends a claim. One round trip for all its lanes, which are at most 200 (see claim.lua).
--
-- ARGV[3]  fencing token of the claim
-- ARGV[4]  time for one job of the claim (ms), for estimates; '' if it was not measured, '?' during an
--          outage, when nobody knows how long jobs take
-- ARGV[5]  time to live of results (s)    ARGV[6]  time to live of dead letters (s)
-- ARGV[7]  id of the drain to register for follow-up jobs  ARGV[8]  maximum of drains
-- ARGV[9]  lanes per drain                ARGV[10] timeouts (see prelude.lua)
-- ARGV[11] number of lanes; then each lane: its name, number of outcomes, and for each outcome, in
--          the order of the lane's jobs: job id, verdict, text
--            done   text: the result as base64 of JSON, or ''; then, if it releases a deduplication
--                   key, a space and '<job ids> ...:<deduplication key>'
--            forget  the same as done, but the job is deleted and the result is not kept
--            retry  text: "<delay (ms)> <1 if the attempt counts, else 0>"
--            dead   text: the error, compressed with zlib, as base64
-- and to the end the follow-up jobs, eight for each: id of the job before it, kind, lane, id, data,
--          meta, description, timeout (s)
--
-- Returns {lanes whose token was stale, kinds for which a drain was registered}.
--
-- Invariants:
--   * A stale token changes nothing in its lane, and enqueues nothing.
--   * A job leaves its lane in the step that writes its result and its follow-up jobs. A job that is
--     not in its lane is not settled, so no job is settled twice.
--   * After a retry, the lane waits for the delay, at most for the longest one of the timeouts, and then
--     starts with this job. Later outcomes of the
--     lane are ignored, because those jobs must come after it.
--   * Jobs without an outcome stay in the lane. A lane that has jobs left goes to the end of the ring.
--   * The lane is not suspect any more, because its worker lives.
--   * A job whose hash was deleted by another program leaves its lane; no registry entry and no hash is
--     written for it.
--   * A deduplication key is released in the step in which its job leaves the lane.
--   * Of a forgotten job nothing is left but its follow-up jobs.

local token, result_ttl, dead_letter_ttl = ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local timeouts = read_timeouts(ARGV[10])
local leases, delayed, fences = key('leases', kind), key('delayed', kind), key('fences', kind)

local lanes, names, index = {}, {}, 12
for i = 1, tonumber(ARGV[11]) do
  names[i] = ARGV[index]
  lanes[i] = {name = ARGV[index], first = index + 2, outcomes = tonumber(ARGV[index + 1])}
  index = index + 2 + 3 * lanes[i].outcomes
end
local first_follow_up = index
local tokens = #names > 0 and redis.call('HMGET', fences, unpack(names)) or {}

-- Removes jobs from the head of their lane. Returns a table of those that were in it.
local function remove(queue, ids)
  local removed = {}
  local head = redis.call('LPOP', queue, #ids) or {}
  local is_same = #head == #ids
  for i, id in ipairs(ids) do is_same = is_same and head[i] == id end
  if is_same then
    for _, id in ipairs(ids) do removed[id] = true end
    return removed
  end
  -- Another program changed the list: restore its head, and remove the jobs wherever they are.
  for i = #head, 1, -1 do redis.call('LPUSH', queue, head[i]) end
  for _, id in ipairs(ids) do
    if redis.call('LREM', queue, 1, id) == 1 then removed[id] = true end
  end
  return removed
end

local function write_result(id, ttl, ...)
  local results = key('results', id)
  redis.call('XADD', results, 'MAXLEN', 10, '*', ...)
  redis.call('EXPIRE', results, ttl)
end

-- Adds jobs to a registry. Each lane has its own, so a registry expires with its newest entry.
local function register(registry, lane, entries, ttl)
  if #entries == 0 then return end
  local registry_key = key(registry, lane)
  redis.call('ZADD', registry_key, unpack(entries))
  redis.call('EXPIRE', registry_key, ttl)
end

local died_ms = time[1] * 1000 + time[2] / 1000
local is_settled, stale = {}, {}
local dead_entries, released, ready, empty_queues, delayed_entries = {}, {}, {}, {}, {}
for i, lane in ipairs(lanes) do
  if tokens[i] ~= token then
    stale[#stale + 1] = lane.name
  else
    local queue = key('queue', lane.name)
    local ended_ids, delay_ms = {}, nil
    local last = lane.first + 3 * (lane.outcomes - 1)
    for o = lane.first, last, 3 do
      if ARGV[o + 1] == 'retry' then
        local delay, counts = string.match(ARGV[o + 2], '^(%d+) (%d)$')
        delay_ms = math.min(tonumber(delay), timeouts.delay)
        if counts == '1' and redis.call('EXISTS', key('job', ARGV[o])) == 1 then
          redis.call('HINCRBY', key('job', ARGV[o]), 'attempts', 1)
        end
        break
      end
      ended_ids[#ended_ids + 1] = ARGV[o]
    end

    local removed = #ended_ids > 0 and remove(queue, ended_ids) or {}
    local finished, failed = {}, {}
    for j, id in ipairs(ended_ids) do
      if removed[id] then
        local o = lane.first + 3 * (j - 1)
        local job, text = key('job', id), ARGV[o + 2]
        is_settled[id] = true
        local is_forgotten = ARGV[o + 1] == 'forget'
        local is_done = is_forgotten or ARGV[o + 1] == 'done'
        local added_fields = redis.call('HSET', job, 'status', is_done and 'finished' or 'failed',
          'ended_at', rq_time())
        -- Results have a type (rq.results.Result.Type): 1 is successful, 2 is failed.
        if added_fields == 2 and redis.call('HLEN', job) == 2 then
          redis.call('DEL', job)
        elseif is_forgotten then
          redis.call('DEL', job, key('results', id))
          local release = string.match(text, '^%S* ?(.*)$')
          if release ~= '' then release_key(lane.name, release) end
        elseif is_done then
          redis.call('EXPIRE', job, result_ttl)
          local result, release = string.match(text, '^(%S*) ?(.*)$')
          if result ~= '' then
            write_result(id, result_ttl, 'type', 1, 'worker_name', '', 'return_value', result)
          end
          if release ~= '' then release_key(lane.name, release) end
          finished[#finished + 1] = time[1] + result_ttl
          finished[#finished + 1] = id
        else
          redis.call('EXPIRE', job, dead_letter_ttl)
          write_result(id, dead_letter_ttl, 'type', 2, 'worker_name', '', 'exc_string', text)
          failed[#failed + 1] = time[1] + dead_letter_ttl
          failed[#failed + 1] = id
          -- One microsecond apart, so that they are redriven in their order.
          dead_entries[#dead_entries + 1] = died_ms + #dead_entries / 2000
          dead_entries[#dead_entries + 1] = id
        end
      end
    end
    register('finished', lane.name, finished, result_ttl)
    register('failed', lane.name, failed, dead_letter_ttl)

    released[#released + 1] = lane.name
    if redis.call('EXISTS', queue) == 0 then
      empty_queues[#empty_queues + 1] = queue
    elseif delay_ms and delay_ms > 0 then
      delayed_entries[#delayed_entries + 1] = now_ms + delay_ms
      delayed_entries[#delayed_entries + 1] = lane.name
    else
      ready[#ready + 1] = lane.name
    end
  end
end

if #released > 0 then
  redis.call('HDEL', fences, unpack(released))
  -- A lease that expired meanwhile may have returned its lane to the ring.
  if redis.call('ZREM', leases, unpack(released)) < #released then
    redis.call('ZREM', KEYS[1], unpack(released))
  end
  local crashes = key('crashes', kind)
  if redis.call('EXISTS', crashes) == 1 then redis.call('HDEL', crashes, unpack(released)) end
  add_to_ring(kind, ready)
end
if #delayed_entries > 0 then redis.call('ZADD', delayed, unpack(delayed_entries)) end
if #empty_queues > 0 then redis.call('SREM', prefix .. ':queues', unpack(empty_queues)) end
if #dead_entries > 0 then
  local dead = key('dead', kind)
  redis.call('ZADD', dead, unpack(dead_entries))
  redis.call('ZREMRANGEBYSCORE', dead, '-inf', now_ms - dead_letter_ttl * 1000)
end

if ARGV[4] == '?' then
  redis.call('DEL', key('pace', kind))
elseif ARGV[4] ~= '' then
  local pace = key('pace', kind)
  local average = tonumber(redis.call('GET', pace) or ARGV[4])
  -- A moving average: the newest claim counts for a fifth.
  redis.call('SET', pace, string.format('%.3f', average * 0.8 + ARGV[4] * 0.2))
end

local follow_up_kinds = {}
for f = first_follow_up, #ARGV, 8 do
  if is_settled[ARGV[f]] then
    local next_kind, id = ARGV[f + 1], ARGV[f + 3]
    follow_up_kinds[next_kind] = true
    if redis.call('EXISTS', key('job', id)) == 0 then
      enqueue(next_kind, ARGV[f + 2], id, ARGV[f + 4], ARGV[f + 5], ARGV[f + 6], ARGV[f + 7])
    end
  end
end
local wake = {}
for next_kind in pairs(follow_up_kinds) do
  if register_useful_drain(next_kind, ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]),
    timeouts) == 1 then
    wake[#wake + 1] = next_kind
  end
end
return {stale, wake}
