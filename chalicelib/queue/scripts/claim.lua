-- claim: leases ready lanes to a drain and reads the jobs at their heads. One round trip.
--
-- ARGV[3]  id of the drain      ARGV[4]  maximum of jobs
-- ARGV[5]  maximum of jobs of one lane while other lanes are ready
-- ARGV[6]  lease (ms)
-- ARGV[7]  timeouts (see prelude.lua): for the first one, a drain that got nothing, or was woken,
--          counts as running
-- ARGV[8]  idle timeout (ms): an idle drain stays while a delayed lane is due within this time
-- ARGV[9]  maximum of drains    ARGV[10] lanes per drain
-- ARGV[11] id of another drain, to register if one is needed
-- ARGV[12] how long (ms) the jobs of a claim may take if only one lane is ready
-- ARGV[13] and on: kinds of the follow-up jobs
--
-- Returns {ms until the next delayed or leased lane is due (-1 for none), stay (0 or 1), whether any
-- lane is leased (0 or 1), kinds for which the other drain was registered, fencing token, lanes}. Each
-- lane is {name, crashes, then for each job: id, data, attempts, meta, created_at}.
--
-- Invariants:
--   * No job is removed from a lane. If the drain dies, its lease expires and the next claim reads the
--     same jobs, in the same order.
--   * A lane is leased to one drain at a time. A newer lease has a greater token.
--   * A suspect lane is claimed when it is the first in the ring, and then only its first job and no
--     lane that is not suspect. Consecutive lanes that crashed once share a claim of a third of the
--     batch, because one killed worker makes a whole batch suspect. A lane that crashed more often is
--     claimed alone. Other claims skip suspect lanes, which keep their places in the ring.
--   * While a lane is leased, two drains run if the maximum allows it. If the holder dies, the other
--     drain takes over the lane when the lease expires. For that it stays while any lane is leased.
--   * A drain with a claim counts as running for the time of its lease, and renews both together. If
--     it dies, other drains are woken after that time.
--   * An idle drain also wakes drains for the follow-up jobs, because a drain that died may not have
--     woken the one that it asked for.
--   * A drain that got nothing and does not stay is removed from the running drains in the same step,
--     so the next accept knows that a drain must be woken.
--   * While the drains of the kind are paused, a claim leases nothing and the drain does not stay.
--   * Redis serves nobody else while a script runs, so a claim handles at most 200 lanes. Expired and
--     due lanes beyond that return to the ring with the next claims. Each claim leases fewer lanes than
--     it can return, so none waits forever.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local fences, drains, crashes = key('fences', kind), key('drains', kind), key('crashes', kind)
local jobs_left, jobs_per_lane, lease_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local max_lanes = 200
local timeouts = read_timeouts(ARGV[7])

-- Return the lanes to the ring whose leases expired, and then those whose delay has ended.
local returns_left = max_lanes
local longest = {[leases] = timeouts.lease, [delayed] = timeouts.delay}
for _, source in ipairs({leases, delayed}) do
  local lanes = redis.call('ZRANGEBYSCORE', source, '-inf', now_ms, 'LIMIT', 0, returns_left)
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', source, '(' .. last_valid(longest[source]), '+inf',
    'LIMIT', 0, returns_left - #lanes)) do
    lanes[#lanes + 1] = lane
  end
  if #lanes > 0 then
    redis.call('ZREM', source, unpack(lanes))
    if source == leases then
      for _, lane in ipairs(lanes) do redis.call('HINCRBY', crashes, lane, 1) end
    end
    add_to_ring(kind, lanes)
    returns_left = returns_left - #lanes
  end
end

-- Choose the lanes: the first ones in the ring, or suspect lanes if the first one is suspect.
local paused = is_paused('drains', kind)
local ready = paused and {} or redis.call('ZRANGE', ring, 0, math.min(jobs_left, max_lanes) - 1)
local crashes_of, suspect_crashes, skips_suspects = {}, nil, false
if #ready > 0 and redis.call('EXISTS', crashes) == 1 then
  local first_lanes, healthy = ready, {}
  for i, count in ipairs(redis.call('HMGET', crashes, unpack(first_lanes))) do
    if count then
      crashes_of[first_lanes[i]] = tonumber(count)
    else
      healthy[#healthy + 1] = first_lanes[i]
    end
  end
  suspect_crashes = crashes_of[first_lanes[1]]
  if suspect_crashes then
    ready, jobs_left = {}, suspect_crashes == 1 and math.ceil(jobs_left / 3) or 1
    while #ready < jobs_left and crashes_of[first_lanes[#ready + 1]] == suspect_crashes do
      ready[#ready + 1] = first_lanes[#ready + 1]
    end
  else
    ready, skips_suspects = healthy, #healthy < #first_lanes
  end
end

-- Choose how many jobs each lane gets.
if suspect_crashes then
  jobs_per_lane = 1
elseif #ready == 1 then
  -- A lane that arrives meanwhile waits for this claim, so the claim is limited by its expected time.
  local ms_per_job = tonumber(redis.call('GET', key('pace', kind)) or 0)
  local jobs_in_time = ms_per_job > 0 and math.floor(ARGV[12] / ms_per_job) or jobs_left
  jobs_per_lane = math.min(jobs_left, math.max(jobs_per_lane, jobs_in_time))
elseif #ready * jobs_per_lane < jobs_left then
  -- The batch has room for all lanes. Each gets as many jobs as the shortest lane has, so that an
  -- owner with one job does not wait for ten jobs of another owner.
  for _, lane in ipairs(ready) do
    jobs_per_lane = math.max(1, math.min(jobs_per_lane, redis.call('LLEN', key('queue', lane))))
  end
end

-- Read the jobs.
local claimed, lease_entries, fence_entries, still_ready, empty_queues = {}, {}, {}, {}, {}
local token, visited = 0, 0
local row_header = 2
for _, lane in ipairs(ready) do
  if jobs_left <= 0 then break end
  visited = visited + 1
  local queue = key('queue', lane)
  local row = {lane, crashes_of[lane] or 0}
  for _, id in ipairs(redis.call('LRANGE', queue, 0, math.min(jobs_per_lane, jobs_left) - 1)) do
    local job = redis.call('HMGET', key('job', id), 'data', 'attempts', 'meta', 'created_at')
    if job[1] then
      local n = #row
      row[n + 1], row[n + 2], row[n + 3], row[n + 4], row[n + 5] =
        id, job[1], job[2], job[3], job[4]
      jobs_left = jobs_left - 1
    else
      -- Another program deleted the job through RQ, so there is nothing to do.
      redis.call('LREM', queue, 1, id)
    end
  end
  if #row > row_header then
    if token == 0 then token = redis.call('INCR', prefix .. ':turns') end
    local n = #lease_entries
    lease_entries[n + 1], lease_entries[n + 2] = now_ms + lease_ms, lane
    fence_entries[n + 1], fence_entries[n + 2] = lane, token
    claimed[#claimed + 1] = row
  elseif redis.call('LLEN', queue) > 0 then
    still_ready[#still_ready + 1] = lane
  else
    empty_queues[#empty_queues + 1] = queue
    if crashes_of[lane] then redis.call('HDEL', crashes, lane) end
  end
end

-- Move the lanes.
if skips_suspects then
  redis.call('ZREM', ring, unpack(ready, 1, visited))
elseif visited > 0 then
  redis.call('ZREMRANGEBYRANK', ring, 0, visited - 1)
end
if #claimed > 0 then
  redis.call('ZADD', leases, unpack(lease_entries))
  redis.call('HSET', fences, unpack(fence_entries))
end
add_to_ring(kind, still_ready)
if #empty_queues > 0 then redis.call('SREM', prefix .. ':queues', unpack(empty_queues)) end

-- Returns how long (ms) until the first lane of a sorted set is due, or nil.
local function first_due_in(lanes)
  local due_ms = redis.call('ZRANGE', lanes, 0, 0, 'WITHSCORES')[2]
  return due_ms and math.max(0, due_ms - now_ms)
end

-- Decide whether the drain stays, and which drains to wake.
local lease_expires_in, delay_ends_in = first_due_in(leases), first_due_in(delayed)
local next_due = math.min(lease_expires_in or delay_ends_in or -1, delay_ends_in or lease_expires_in or -1)
local stay = not paused and (lease_expires_in or delay_ends_in and delay_ends_in <= tonumber(ARGV[8])) and 1 or 0
local wake = {}
if #claimed == 0 and not paused then
  for i = 13, #ARGV do
    local next_kind = ARGV[i]
    if redis.call('ZCARD', key('ring', next_kind)) > 0 then
      stay = 1
      if register_useful_drain(next_kind, ARGV[11], tonumber(ARGV[9]), tonumber(ARGV[10]),
        timeouts) == 1 then
        wake[#wake + 1] = next_kind
      end
    end
  end
end
if #claimed > 0 then
  redis.call('ZADD', drains, now_ms + lease_ms, ARGV[3])
elseif #still_ready > 0 or stay == 1 then
  redis.call('ZADD', drains, now_ms + timeouts.start, ARGV[3])
else
  redis.call('ZREM', drains, ARGV[3])
end
if #still_ready > 0 then stay, next_due = 1, 0 end

if #claimed > 0 then
  redis.call('ZREMRANGEBYSCORE', drains, '-inf', now_ms)
  local running = running_drains(kind, timeouts)
  if running < tonumber(ARGV[9])
    and (running < 2 or running <= useful_drains(kind, tonumber(ARGV[10]), timeouts)) then
    register_drain(kind, ARGV[11], timeouts)
    wake[1] = kind
  end
end
return {next_due, stay, lease_expires_in and 1 or 0, wake, token, claimed}
