-- Shared by all scripts of the protocol; put before each of them when it is loaded.
--
-- KEYS[1]  the ring of the kind: it routes the script to the shard's node. All other keys are built
--          here, under the shard's one hash tag, so they live in the same slot.
-- ARGV[1]  the key prefix        ARGV[2]  the kind of lanes
--
-- Where a lane is, for every lane of a kind (the invariants every script keeps):
--   * A lane with jobs is in exactly one of ring, leases, delayed. A lane without jobs is in none,
--     unless a stock RQ worker emptied it: then it is until it is claimed or its lease is over.
--   * A lane is in RQ's set of queues exactly while it has jobs.
--   * A job stays in its lane's list until it is settled: claiming only reads.
--   * Only the holder of the newest fencing token of a lane may settle its jobs.
--   * A job leaves its lane's list in the same step in which it enters a registry.
--   * A lane is suspect while the hash of crashes has it: its newest leases ran out, and nothing of it
--     was settled since. It is served apart, so that other lanes do not share the fate of its worker.

local prefix, kind = ARGV[1], ARGV[2]

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local function key(name, of) return prefix .. ':' .. name .. ':' .. of end

-- The kind of a lane: what stands before its first colon.
local function kind_of(lane) return string.match(lane, '^([^:]*):') end

-- Now as RQ writes it: 2026-11-24T17:00:00.000000Z. Days to date after Howard Hinnant's
-- "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
local written_time
local function rq_time()
  if written_time then return written_time end
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
  written_time = string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year, month, day,
    math.floor(rest / 3600), math.floor(rest / 60) % 60, rest % 60, tonumber(time[2]))
  return written_time
end

-- Forgets what the owner of a lane may have accepted only once, if one of these jobs took it:
-- '<job ids> ...:<once>'.
local function free(lane, frees)
  local takers, once = string.match(frees, '^([^:]*):(.*)$')
  local remembered = key('once', lane)
  local earlier = redis.call('HGET', remembered, once)
  local taker = earlier and string.match(earlier, '^%S+')
  for id in string.gmatch(takers, '%S+') do
    if id == taker then redis.call('HDEL', remembered, once) end
  end
end

-- Puts lanes at the end of the ring, in their order. The turn is a counter, not the clock, so a
-- clock that jumps neither reorders nor hides a lane; as a sorted set the ring cannot hold a lane
-- twice. A kind has at most as many lanes here as one claim returns or takes: no stack overflows.
local function arm(of, lanes)
  if #lanes == 0 then return end
  local turn = redis.call('INCRBY', prefix .. ':turns', #lanes) - #lanes
  local scored = {}
  for i, lane in ipairs(lanes) do
    scored[2 * i - 1] = turn + i
    scored[2 * i] = lane
  end
  redis.call('ZADD', key('ring', of), unpack(scored))
end

-- Puts a job's id at the end of its lane, and the lane into the ring if it is nowhere yet. Returns
-- the lane's length.
local function append(of, lane, id)
  local queue = key('queue', lane)
  local length = redis.call('RPUSH', queue, id)
  if length == 1 then
    redis.call('SADD', prefix .. ':queues', queue)
    -- A lane of one job may be leased all the same, when someone else emptied it meanwhile.
    if not redis.call('ZSCORE', key('leases', of), lane)
      and not redis.call('ZSCORE', key('delayed', of), lane) then
      arm(of, {lane})
    end
  end
  return length
end

-- Writes one RQ job and appends it to its lane. Returns the lane's length.
local function push(of, lane, id, data, meta, description, timeout)
  local at = rq_time()
  if meta == '' then
    redis.call('HSET', key('job', id), 'status', 'queued', 'origin', lane, 'created_at', at,
      'enqueued_at', at, 'timeout', timeout, 'description', description, 'data', data)
  else
    redis.call('HSET', key('job', id), 'status', 'queued', 'origin', lane, 'created_at', at,
      'enqueued_at', at, 'timeout', timeout, 'description', description, 'data', data,
      'meta', meta)
  end
  return append(of, lane, id)
end

-- How many drains of a kind run or were asked for. One that said nothing for too long counts no more.
local function running_drains(of)
  return redis.call('ZCOUNT', key('drains', of), now_ms, '+inf')
end

-- How many drains the ready lanes of a kind are work for.
local function useful_drains(of, lanes_each)
  local ready = redis.call('ZCARD', key('ring', of))
  if ready == 0 then
    ready = redis.call('ZCOUNT', key('leases', of), '-inf', now_ms)
      + redis.call('ZCOUNT', key('delayed', of), '-inf', now_ms)
  end
  return math.ceil(ready / lanes_each)
end

-- Counts a drain as running from now on, until it claims or its grace is over. So whoever wakes it
-- does so once, and nobody else wakes another for the same work.
local function start_drain(of, drain_id, grace_ms)
  redis.call('ZADD', key('drains', of), now_ms + grace_ms, drain_id)
  return 1
end

-- Starts a drain of a kind if its ready lanes are work for more than run, and there may be more.
local function want_drain(of, drain_id, most, lanes_each, grace_ms)
  local running = running_drains(of)
  if running >= most or running >= useful_drains(of, lanes_each) then return 0 end
  return start_drain(of, drain_id, grace_ms)
end
