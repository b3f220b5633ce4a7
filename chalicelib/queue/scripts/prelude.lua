-- Shared by all scripts of the protocol; Python puts it before each of them.
--
-- KEYS[1]  the ring of the kind. It routes the script to the node of the shard. The scripts build all
--          other keys under the hash tag of the shard, so all of them are in the same slot.
-- KEYS[2]  a key of the same slot that never exists
-- ARGV[1]  the key prefix        ARGV[2]  the kind of the lanes
--
-- Invariant of a cluster: a script starts only on a node that holds all keys of the slot, so it is
-- applied completely or not at all. While CLUSTER SETSLOT moves a slot key by key, a node checks that
-- the declared keys exist before it starts a script: the old owner answers TRYAGAIN or ASK if one is
-- missing, the new one TRYAGAIN if one of several is missing. KEYS[2] is always missing, so neither node
-- starts a script until the move has ended. A node with a stable slot does not look for declared keys,
-- and nor does CLUSTER MIGRATESLOTS, which moves a slot at once. So no script ever writes KEYS[2].
--
-- Invariants of the lanes, which every script keeps:
--   * A lane with jobs is in exactly one of ring, leases and delayed. A lane without jobs is in none.
--     Exception: a lane that a stock RQ worker emptied stays there until it is claimed or its lease
--     expires.
--   * A lane is in RQ's set of queues while it has jobs, and only then.
--   * A job stays in the list of its lane until it is settled; claiming only reads it.
--   * Only the holder of the newest fencing token of a lane can settle its jobs.
--   * A job leaves the list of its lane in the same step in which it enters a registry.
--   * A lane is suspect while it is in the hash of crashes: its last leases expired, and none of its
--     jobs was settled since then. It is served apart, because it may kill its worker again.

local prefix, kind = ARGV[1], ARGV[2]

local time = redis.call('TIME')
-- As a text too, because a number takes longer to write.
local now_text = time[1] .. string.sub('00000' .. time[2], -6, -4)
local now_ms = tonumber(now_text)

local function key(name, suffix) return prefix .. ':' .. name .. ':' .. suffix end

-- Returns the kind of a lane: the text before the first colon of its name.
local function kind_of(lane) return string.match(lane, '^([^:]*):') end

-- Returns the time as RQ writes it: 2026-11-24T17:00:00.000000Z. The conversion of days to a date is
-- civil_from_days in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
local rq_time_text
local function rq_time()
  if rq_time_text then return rq_time_text end
  local seconds = tonumber(time[1])
  local days = math.floor(seconds / 86400)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524)
    - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local rest = seconds - days * 86400
  rq_time_text = string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, day,
    math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60, tonumber(time[2]))
  return rq_time_text
end

-- Deletes a deduplication key of a lane if one of the jobs holds it. The release is written as
-- '<job ids> ...:<deduplication key>'.
local function release_key(lane, release)
  local job_ids, deduplication_key = string.match(release, '^([^:]*):(.*)$')
  local keys_of_lane = key('once', lane)
  local value = redis.call('HGET', keys_of_lane, deduplication_key)
  local holder = value and string.match(value, '^%S+')
  for id in string.gmatch(job_ids, '%S+') do
    if id == holder then redis.call('HDEL', keys_of_lane, deduplication_key) end
  end
end

-- Adds lanes to the end of the ring, in their order. The score is a counter and not the clock, so a
-- clock that jumps neither reorders nor hides a lane. A sorted set cannot hold a lane twice. Callers
-- pass at most 200 lanes, so unpack does not overflow the stack.
local function add_to_ring(lane_kind, lanes)
  if #lanes == 0 then return end
  local turn = redis.call('INCRBY', prefix .. ':turns', #lanes) - #lanes
  local scored = {}
  for i, lane in ipairs(lanes) do
    scored[2 * i - 1] = turn + i
    scored[2 * i] = lane
  end
  redis.call('ZADD', key('ring', lane_kind), unpack(scored))
end

-- Appends a job id to its lane, and adds the lane to the ring if it is in no other place. Returns the
-- length of the lane.
local function append(lane_kind, lane, id)
  local queue = key('queue', lane)
  local length = redis.call('RPUSH', queue, id)
  if length == 1 then
    redis.call('SADD', prefix .. ':queues', queue)
    -- A lane that was empty may be leased or delayed, if another program emptied it.
    if not redis.call('ZSCORE', key('leases', lane_kind), lane)
      and not redis.call('ZSCORE', key('delayed', lane_kind), lane) then
      add_to_ring(lane_kind, {lane})
    end
  end
  return length
end

-- Writes an RQ job and appends it to its lane. Returns the length of the lane.
local function enqueue(lane_kind, lane, id, data, meta, description, timeout)
  local at = rq_time()
  if meta == '' then
    redis.call('HSET', key('job', id), 'status', 'queued', 'origin', lane, 'created_at', at,
      'enqueued_at', at, 'timeout', timeout, 'description', description, 'data', data)
  else
    redis.call('HSET', key('job', id), 'status', 'queued', 'origin', lane, 'created_at', at,
      'enqueued_at', at, 'timeout', timeout, 'description', description, 'data', data,
      'meta', meta)
  end
  return append(lane_kind, lane, id)
end

-- Reads timeouts (ms), which are written as "<start timeout of a drain>/<lease>/<longest delay>".
local function read_timeouts(text)
  local start, lease, delay = string.match(text, '^(%d+)/(%d+)/(%d+)$')
  return {start = tonumber(start), lease = tonumber(lease), delay = tonumber(delay)}
end

-- Returns the last time (ms) that a step can have written, given the longest time for which it is
-- valid. A clock that was set back leaves later times, and without this rule they would stop a lane
-- for as long as the clock was set back. So they count as past. A second is allowed for the clocks of
-- two servers, of which one replaces the other.
local function last_valid(longest_ms) return now_ms + longest_ms + 1000 end

-- Returns how many members of a sorted set have a time that is past.
local function count_due(set, longest_ms)
  return redis.call('ZCOUNT', set, '-inf', now_ms)
    + redis.call('ZCOUNT', set, '(' .. last_valid(longest_ms), '+inf')
end

-- Returns how many drains of a kind run or were woken. A drain that was silent for too long does not
-- count.
local function running_drains(lane_kind, timeouts)
  return redis.call('ZCOUNT', key('drains', lane_kind), now_ms,
    last_valid(math.max(timeouts.lease, timeouts.start)))
end

-- Returns how many drains have work, given the number of ready lanes.
local function useful_drains(lane_kind, lanes_per_drain, timeouts)
  local ready = redis.call('ZCARD', key('ring', lane_kind))
  if ready == 0 then
    ready = count_due(key('leases', lane_kind), timeouts.lease)
      + count_due(key('delayed', lane_kind), timeouts.delay)
  end
  return math.ceil(ready / lanes_per_drain)
end

-- Returns whether an operator has paused something of a kind: its 'intake' or its 'drains'.
local function is_paused(what, lane_kind)
  return redis.call('HEXISTS', prefix .. ':shard', what .. ':' .. lane_kind) == 1
end

-- Counts a drain as running until it claims, or until its timeout. So it is woken once, and no other
-- caller wakes a drain for the same work.
local function register_drain(lane_kind, drain_id, timeouts)
  redis.call('ZADD', key('drains', lane_kind), now_ms + timeouts.start, drain_id)
  return 1
end

-- Registers a drain if the ready lanes need more drains than run, the maximum allows it, and the drains
-- are not paused. Returns 1 if it did, else 0.
local function register_useful_drain(lane_kind, drain_id, max_drains, lanes_per_drain, timeouts)
  local running = running_drains(lane_kind, timeouts)
  if running >= max_drains or running >= useful_drains(lane_kind, lanes_per_drain, timeouts)
    or is_paused('drains', lane_kind) then
    return 0
  end
  return register_drain(lane_kind, drain_id, timeouts)
end
