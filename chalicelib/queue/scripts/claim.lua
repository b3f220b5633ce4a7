-- claim: leases ready lanes to a drain and reads the jobs at their heads. One round trip.
--
-- ARGV[3]  drain id             ARGV[4]  jobs at most
-- ARGV[5]  jobs of a lane while others are ready
-- ARGV[6]  lease (ms)
-- ARGV[7]  how long (ms) a drain that has nothing, or is to be woken, counts as running
-- ARGV[8]  how soon (ms) the next lane held back must be due for an idle drain to stay
-- ARGV[9]  most drains          ARGV[10] lanes per drain
-- ARGV[11] id of another drain, to register if one is wanted
-- ARGV[12] what a lane that is alone may take at once, by what jobs took lately (ms)
-- ARGV[13] and on: kinds of the jobs that follow these
--
-- Returns {ms until the next lane held back or leased is due (-1 for none), stay (0 or 1), whether any
-- lane is leased (0 or 1), kinds for which another drain is to be woken, fencing token, lanes}, each
-- lane {name, crashes, then for each job: id, data, attempts, meta, created_at}.
--
-- Invariants:
--   * Nothing is removed from a lane: a drain that dies has lost nothing, its lease runs out and the
--     same jobs are read again, in the same order.
--   * A lane is leased to one drain at a time; a newer lease has a greater token.
--   * Of suspect lanes only the first jobs are claimed, and no others with them, when one is the first
--     in the ring: of those that crashed once a third of a batch that stands together, since one kill
--     makes a batch of them; one that crashed again is alone. Until then claims pass them by and they
--     stay where they are, so none is before its turn or after it.
--   * While a lane is leased, two drains run if they may: should its holder die, the other takes the
--     lane when the lease is over. It stays for that, so long as anything is leased.
--   * A drain with a claim counts as running as long as its lease: it renews both before that, and
--     when it died others are woken from then on.
--   * It also sees to the jobs that follow: their drain may have been asked for by one that died
--     before it woke it.
--   * A drain that gets nothing and is not to stay is off the list of running drains in the same
--     step, so whoever accepts the next job knows that a drain must be woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local fences, drains, crashes = key('fences', kind), key('drains', kind), key('crashes', kind)
local left, per_lane, lease_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

for _, due in ipairs({leases, delayed}) do
  local lanes = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'LIMIT', 0, 1000)
  if #lanes > 0 then
    redis.call('ZREM', due, unpack(lanes))
    if due == leases then
      for _, lane in ipairs(lanes) do redis.call('HINCRBY', crashes, lane, 1) end
    end
    arm(kind, lanes)
  end
end

local ready = redis.call('ZRANGE', ring, 0, left - 1)
local crashed, suspect, passed_by = {}, nil, false
if #ready > 0 and redis.call('EXISTS', crashes) == 1 then
  local all, sound = ready, {}
  for i, times in ipairs(redis.call('HMGET', crashes, unpack(all))) do
    if times then crashed[all[i]] = tonumber(times) else sound[#sound + 1] = all[i] end
  end
  suspect = crashed[all[1]]
  if suspect then
    ready, left = {}, suspect == 1 and math.ceil(left / 3) or 1
    while #ready < left and crashed[all[#ready + 1]] == suspect do ready[#ready + 1] = all[#ready + 1] end
  else
    ready, passed_by = sound, #sound < #all
  end
end
if suspect then
  per_lane = 1
elseif #ready == 1 then
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
local first_job = 3
for _, lane in ipairs(ready) do
  if left <= 0 then break end
  looked_at = looked_at + 1
  local queue = key('queue', lane)
  local taken = {lane, crashed[lane] or 0}
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
  if #taken >= first_job then
    if token == 0 then token = redis.call('INCR', prefix .. ':turns') end
    local n = #leased
    leased[n + 1], leased[n + 2] = now_ms + lease_ms, lane
    fenced[n + 1], fenced[n + 2] = lane, token
    claimed[#claimed + 1] = taken
  elseif redis.call('LLEN', queue) > 0 then
    again[#again + 1] = lane
  else
    gone[#gone + 1] = queue
    if crashed[lane] then redis.call('HDEL', crashes, lane) end
  end
end
if passed_by then
  redis.call('ZREM', ring, unpack(ready, 1, looked_at))
elseif looked_at > 0 then
  redis.call('ZREMRANGEBYRANK', ring, 0, looked_at - 1)
end
if #claimed > 0 then
  redis.call('ZADD', leases, unpack(leased))
  redis.call('HSET', fences, unpack(fenced))
end
arm(kind, again)
if #gone > 0 then redis.call('SREM', prefix .. ':queues', unpack(gone)) end

-- How long (ms) until the first lane of these is due.
local function due_in(places)
  local first = redis.call('ZRANGE', places, 0, 0, 'WITHSCORES')[2]
  return first and math.max(0, first - now_ms)
end

local lease_over, held_until = due_in(leases), due_in(delayed)
local next_due = math.min(lease_over or held_until or -1, held_until or lease_over or -1)
local stay = (lease_over or held_until and held_until <= tonumber(ARGV[8])) and 1 or 0
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
if #claimed > 0 then
  redis.call('ZADD', drains, now_ms + lease_ms, ARGV[3])
elseif #again > 0 or stay == 1 then
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
return {next_due, stay, lease_over and 1 or 0, wake, token, claimed}
