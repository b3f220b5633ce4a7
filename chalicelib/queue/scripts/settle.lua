-- settle: ends a claim. One round trip for all its lanes.
--
-- ARGV[3]  fencing token of the claim
-- ARGV[4]  what a job of it took on the way (ms), for estimates; '' if that was not measured, '?' if
--          nothing can be done now, and nobody knows until when
-- ARGV[5]  how long a result is kept (s)  ARGV[6]  how long a dead letter is kept (s)
-- ARGV[7]  drain id for follow-ups        ARGV[8]  most drains
-- ARGV[9]  lanes per drain                ARGV[10] grace for a drain to start (ms)
-- ARGV[11] number of lanes; then each lane: its name, number of outcomes, and for each outcome, in
--          the order of the lane's jobs: job id, verdict, text
--            done   text: base64 of the JSON value of the result, '' for none; then, if it frees a
--                   once, a blank and '<job ids> ...:<once>', which is forgotten if one of them took it
--            retry  text: "<delay (ms)> <0 or 1: whether that used up an attempt>"; the lane waits
--                   that long, then starts with this job
--            dead   text: base64 of the zlib-compressed error
-- and to the end the follow-up jobs, eight for each: id of the job that they follow, kind, lane, id,
--          data, meta, description, timeout (s)
--
-- Returns {lanes refused because the token was stale, kinds for which a drain is to be woken}.
--
-- Invariants:
--   * A stale token changes nothing in its lane, and queues nothing.
--   * A job leaves its lane in the same step in which its result and its follow-ups are written; a
--     job that is not in its lane is not settled, so none is settled twice.
--   * Outcomes after a retry in the same lane are not applied: those jobs come after it, in order.
--   * Jobs of the lane without an outcome stay; a lane with jobs left goes to the end of the ring.
--   * A lane is suspect no more: its worker lives.
--   * A job whose hash somebody deleted leaves its lane and nothing else: no registry and no hash.
--   * What a job frees is free when the job is no longer in its lane.

local token, result_ttl, dead_ttl = ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local leases, delayed, fences = key('leases', kind), key('delayed', kind), key('fences', kind)

local lanes, names, at = {}, {}, 12
for i = 1, tonumber(ARGV[11]) do
  names[i] = ARGV[at]
  lanes[i] = {name = ARGV[at], first = at + 2, outcomes = tonumber(ARGV[at + 1])}
  at = at + 2 + 3 * lanes[i].outcomes
end
local first_follow_up = at
local tokens = #names > 0 and redis.call('HMGET', fences, unpack(names)) or {}

-- Takes the jobs whose outcomes end them off the head of their lane. Returns which were in it.
local function take(queue, ids)
  local taken = {}
  local head = redis.call('LPOP', queue, #ids) or {}
  local same = #head == #ids
  for i, id in ipairs(ids) do same = same and head[i] == id end
  if same then
    for _, id in ipairs(ids) do taken[id] = true end
    return taken
  end
  -- Someone moved jobs by hand: put back what stood there and take ours, wherever they are.
  for i = #head, 1, -1 do redis.call('LPUSH', queue, head[i]) end
  for _, id in ipairs(ids) do
    if redis.call('LREM', queue, 1, id) == 1 then taken[id] = true end
  end
  return taken
end

local function write_result(id, ttl, ...)
  local results = key('results', id)
  redis.call('XADD', results, 'MAXLEN', 10, '*', ...)
  redis.call('EXPIRE', results, ttl)
end

-- A registry must outlive its newest entry and no more: there is one for each lane.
local function register(registry, lane, entries, ttl)
  if #entries == 0 then return end
  local registered = key(registry, lane)
  redis.call('ZADD', registered, unpack(entries))
  redis.call('EXPIRE', registered, ttl)
end

local died_ms = time[1] * 1000 + time[2] / 1000
local settled, stale = {}, {}
local ended, released, armed, emptied, held = {}, {}, {}, {}, {}
for i, lane in ipairs(lanes) do
  if tokens[i] ~= token then
    stale[#stale + 1] = lane.name
  else
    local queue = key('queue', lane.name)
    local ids, held_ms = {}, nil
    local last = lane.first + 3 * (lane.outcomes - 1)
    for o = lane.first, last, 3 do
      if ARGV[o + 1] == 'retry' then
        local delay, counts = string.match(ARGV[o + 2], '^(%d+) (%d)$')
        held_ms = tonumber(delay)
        if counts == '1' and redis.call('EXISTS', key('job', ARGV[o])) == 1 then
          redis.call('HINCRBY', key('job', ARGV[o]), 'attempts', 1)
        end
        break
      end
      ids[#ids + 1] = ARGV[o]
    end

    local taken = #ids > 0 and take(queue, ids) or {}
    local finished, failed = {}, {}
    for j, id in ipairs(ids) do
      if taken[id] then
        local o = lane.first + 3 * (j - 1)
        local job, text = key('job', id), ARGV[o + 2]
        settled[id] = true
        local done = ARGV[o + 1] == 'done'
        local added = redis.call('HSET', job, 'status', done and 'finished' or 'failed',
          'ended_at', rq_time())
        -- rq.results.Result.Type: 1 successful, 2 failed.
        if added == 2 and redis.call('HLEN', job) == 2 then
          redis.call('DEL', job)
        elseif done then
          redis.call('EXPIRE', job, result_ttl)
          local result, frees = string.match(text, '^(%S*) ?(.*)$')
          if result ~= '' then
            write_result(id, result_ttl, 'type', 1, 'worker_name', '', 'return_value', result)
          end
          if frees ~= '' then free(lane.name, frees) end
          finished[#finished + 1] = time[1] + result_ttl
          finished[#finished + 1] = id
        else
          redis.call('EXPIRE', job, dead_ttl)
          write_result(id, dead_ttl, 'type', 2, 'worker_name', '', 'exc_string', text)
          failed[#failed + 1] = time[1] + dead_ttl
          failed[#failed + 1] = id
          -- As if each died a microsecond after the one before it: they are redriven in order.
          ended[#ended + 1] = died_ms + #ended / 2000
          ended[#ended + 1] = id
        end
      end
    end
    register('finished', lane.name, finished, result_ttl)
    register('failed', lane.name, failed, dead_ttl)

    released[#released + 1] = lane.name
    if redis.call('EXISTS', queue) == 0 then
      emptied[#emptied + 1] = queue
    elseif held_ms and held_ms > 0 then
      held[#held + 1] = now_ms + held_ms
      held[#held + 1] = lane.name
    else
      armed[#armed + 1] = lane.name
    end
  end
end

if #released > 0 then
  redis.call('HDEL', fences, unpack(released))
  -- The lease may have run out meanwhile and put the lane back; it is placed anew here.
  if redis.call('ZREM', leases, unpack(released)) < #released then redis.call('ZREM', KEYS[1], unpack(released)) end
  local crashes = key('crashes', kind)
  if redis.call('EXISTS', crashes) == 1 then redis.call('HDEL', crashes, unpack(released)) end
  arm(kind, armed)
end
if #held > 0 then redis.call('ZADD', delayed, unpack(held)) end
if #emptied > 0 then redis.call('SREM', prefix .. ':queues', unpack(emptied)) end
if #ended > 0 then
  local dead = key('dead', kind)
  redis.call('ZADD', dead, unpack(ended))
  redis.call('ZREMRANGEBYSCORE', dead, '-inf', now_ms - dead_ttl * 1000)
end

if ARGV[4] == '?' then
  redis.call('DEL', key('pace', kind))
elseif ARGV[4] ~= '' then
  local pace = key('pace', kind)
  local before = tonumber(redis.call('GET', pace) or ARGV[4])
  -- A moving average: the newest batch counts a fifth.
  redis.call('SET', pace, string.format('%.3f', before * 0.8 + ARGV[4] * 0.2))
end

local followed = {}
for f = first_follow_up, #ARGV, 8 do
  if settled[ARGV[f]] then
    local of, id = ARGV[f + 1], ARGV[f + 3]
    followed[of] = true
    if redis.call('EXISTS', key('job', id)) == 0 then
      push(of, ARGV[f + 2], id, ARGV[f + 4], ARGV[f + 5], ARGV[f + 6], ARGV[f + 7])
    end
  end
end
local wake = {}
for of in pairs(followed) do
  if want_drain(of, ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])) == 1 then
    wake[#wake + 1] = of
  end
end
return {stale, wake}
