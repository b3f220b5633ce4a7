-- claim: leases ready lanes to a drain and reads the jobs at their heads. One round trip.
--
-- ARGV[3]  drain id             ARGV[4]  jobs at most
-- ARGV[5]  jobs of a lane while others are ready
-- ARGV[6]  lease (ms)           ARGV[7]  how long the drain counts as running (ms)
-- ARGV[8]  how soon (ms) the next lane must be due for an idle drain to stay
-- ARGV[9]  most drains          ARGV[10] lanes per drain
-- ARGV[11] id of another drain, to register if one is wanted
-- ARGV[12] what a lane that is alone may take at once, by what jobs took lately (ms)
-- ARGV[13] and on: kinds of the jobs that follow these
--
-- Returns {ms until the next lane held back or leased is due (-1 for none), stay (0 or 1), kinds for
-- which another drain is to be woken, fencing token, lanes}, each lane {name, then for each job: id,
-- data, attempts, meta, created_at}.
--
-- Invariants:
--   * Nothing is removed from a lane: a drain that dies has lost nothing, its lease runs out and the
--     same jobs are read again, in the same order.
--   * A lane is leased to one drain at a time; a newer lease has a greater token.
--   * While a lane is leased, two drains run if they may: should its holder die, the other takes the
--     lane when the lease is over. It stays for that, so long as anything is leased.
--   * It also sees to the jobs that follow: their drain may have been asked for by one that died
--     before it woke it.
--   * A drain that gets nothing and is not to stay is off the list of running drains in the same
--     step, so whoever accepts the next job knows that a drain must be woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local fences, drains = key('fences', kind), key('drains', kind)
local left, per_lane, lease_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

for _, due in ipairs({leases, delayed}) do
  local lanes = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'LIMIT', 0, 1000)
  if #lanes > 0 then
    redis.call('ZREM', due, unpack(lanes))
    arm(kind, lanes)
  end
end

local ready = redis.call('ZRANGE', ring, 0, left - 1)
if #ready == 1 then
  -- A lane that is alone may have the whole batch, or as much as is done in a short time: who comes
  -- meanwhile waits for that.
  local pace = tonumber(redis.call('GET', key('pace', kind)) or 0)
  local soon = pace > 0 and math.floor(ARGV[12] / pace) or left
  per_lane = math.min(left, math.max(per_lane, soon))
elseif #ready * per_lane < left then
  -- The shortest lane sets the turn. There is room for all of them anyway, and whoever has one job
  -- need not wait for ten of somebody else's.
  for _, lane in ipairs(ready) do
    per_lane = math.max(1, math.min(per_lane, redis.call('LLEN', key('queue', lane))))
  end
end

local claimed, leased, fenced, again, gone = {}, {}, {}, {}, {}
local token, looked_at = 0, 0
for _, lane in ipairs(ready) do
  if left <= 0 then break end
  looked_at = looked_at + 1
  local queue = key('queue', lane)
  local taken = {lane}
  for _, id in ipairs(redis.call('LRANGE', queue, 0, math.min(per_lane, left) - 1)) do
    local job = redis.call('HMGET', key('job', id), 'data', 'attempts', 'meta', 'created_at')
    if job[1] then
      local n = #taken
      taken[n + 1], taken[n + 2], taken[n + 3] = id, job[1], job[2]
      taken[n + 4], taken[n + 5] = job[3], job[4]
      left = left - 1
    else
      -- The hash is gone: someone deleted the job through RQ. There is nothing left to do.
      redis.call('LREM', queue, 1, id)
    end
  end
  if #taken > 1 then
    if token == 0 then token = redis.call('INCR', prefix .. ':turns') end
    local n = #leased
    leased[n + 1], leased[n + 2] = now_ms + lease_ms, lane
    fenced[n + 1], fenced[n + 2] = lane, token
    claimed[#claimed + 1] = taken
  elseif redis.call('LLEN', queue) > 0 then
    again[#again + 1] = lane
  else
    gone[#gone + 1] = queue
  end
end
if looked_at > 0 then redis.call('ZREMRANGEBYRANK', ring, 0, looked_at - 1) end
if #claimed > 0 then
  redis.call('ZADD', leases, unpack(leased))
  redis.call('HSET', fences, unpack(fenced))
end
arm(kind, again)
if #gone > 0 then redis.call('SREM', prefix .. ':queues', unpack(gone)) end

local next_due = -1
for _, due in ipairs({leases, delayed}) do
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
  if first then
    first = math.max(0, first - now_ms)
    if next_due < 0 or first < next_due then next_due = first end
  end
end

local stay = next_due >= 0 and next_due <= tonumber(ARGV[8]) and 1 or 0
local wake = {}
if #claimed == 0 then
  for i = 13, #ARGV do
    local of = ARGV[i]
    if redis.call('ZCARD', key('ring', of)) > 0 then
      stay = 1
      if want_drain(of, ARGV[11], tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[7])) == 1 then
        wake[#wake + 1] = of
      end
    end
  end
end
if #claimed > 0 or #again > 0 or stay == 1 then
  -- Shorter than the lease: a drain that died must not keep others from being woken for long.
  redis.call('ZADD', drains, now_ms + tonumber(ARGV[7]), ARGV[3])
else
  redis.call('ZREM', drains, ARGV[3])
end
if #again > 0 then stay, next_due = 1, 0 end

if #claimed > 0 then
  redis.call('ZREMRANGEBYSCORE', drains, '-inf', now_ms)
  local running = redis.call('ZCARD', drains)
  if running < tonumber(ARGV[9])
    and (running < 2 or running <= useful_drains(kind, tonumber(ARGV[10]))) then
    start_drain(kind, ARGV[11], tonumber(ARGV[7]))
    wake[1] = kind
  end
end
return {next_due, stay, wake, token, claimed}
