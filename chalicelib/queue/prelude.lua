-- Shared by accept, claim and settle; put before each of them when it is loaded.
--
-- KEYS[1]  the ring of the kind: it routes the script to the shard's node. All other keys are built
--          here, under the shard's one hash tag, so they live in the same slot.
-- ARGV[1]  the key prefix        ARGV[2]  the kind of lanes
--
-- Where a lane is, for every lane of a kind (the invariants every script keeps):
--   * A lane with jobs is in exactly one of ring, leases, delayed. A lane without jobs is in none.
--   * A lane is in RQ's set of queues exactly while it has jobs.
--   * A job stays in its lane's list until it is settled: claiming only reads.
--   * Only the holder of the newest fencing token of a lane may settle its jobs.

local prefix, kind = ARGV[1], ARGV[2]

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local function key(name, of) return prefix .. ':' .. name .. ':' .. of end

-- A time as RQ writes it: 2026-11-24T17:00:00.000000Z. Days to date after Howard Hinnant's
-- "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
local function rq_time()
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
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, day,
    math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60, tonumber(time[2]))
end

-- Puts a lane at the end of the ring. The turn is a counter, not the clock, so a clock that jumps
-- neither reorders nor hides a lane; as a sorted set the ring cannot hold a lane twice.
local function arm(of, lane)
  redis.call('ZADD', key('ring', of), redis.call('INCR', prefix .. ':turns'), lane)
end

-- Writes one RQ job {id, data, meta, description, timeout} at the end of its lane and arms the lane
-- if it was empty. Returns the lane's length. A lane that had jobs is already in ring, leases or
-- delayed. The data may be any bytes, which cmsgpack does not read: `data` says where in ARGV,
-- counted from the end, they are.
local function push(of, lane, job)
  local data = ARGV[#ARGV - job.data]
  local queue = key('queue', lane)
  local at = rq_time()
  redis.call('HSET', key('job', job.id), 'status', 'queued', 'origin', lane, 'created_at', at,
    'enqueued_at', at, 'timeout', job.timeout, 'description', job.description, 'meta', job.meta,
    'data', data)
  local length = redis.call('RPUSH', queue, job.id)
  if length == 1 then
    redis.call('SADD', prefix .. ':queues', queue)
    arm(of, lane)
  end
  return length
end

-- Whether one more drain of a kind is wanted; if so it is counted as running from now on, under the
-- given id, until it claims or its grace is over. So a burst of accepts asks for a drain once.
-- impatient: one more than are running, as long as there may be more.
local function want_drain(of, drain_id, most, lanes_each, grace_ms, impatient)
  local drains = key('drains', of)
  redis.call('ZREMRANGEBYSCORE', drains, '-inf', now_ms)
  local ready = redis.call('ZCARD', key('ring', of))
    + redis.call('ZCOUNT', key('leases', of), '-inf', now_ms)
    + redis.call('ZCOUNT', key('delayed', of), '-inf', now_ms)
  local running = redis.call('ZCARD', drains)
  local wanted = impatient and running + 1 or math.ceil(ready / lanes_each)
  if running >= math.min(most, wanted) then return 0 end
  redis.call('ZADD', drains, now_ms + grace_ms, drain_id)
  return 1
end
