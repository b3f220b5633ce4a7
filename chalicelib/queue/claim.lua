-- claim: leases up to n ready lanes to a drain and reads the jobs at their heads. One round trip.
--
-- ARGV[3]  drain id      ARGV[4]  lanes at most      ARGV[5]  jobs per lane at most
-- ARGV[6]  lease (ms)  ARGV[7]  how long the drain counts as running (ms)
--
-- Returns {now (ms), when the next lane held back or leased is due (ms, 0 for none), lanes}, each
-- lane {name, fencing token, jobs}, each job {id, data, attempts, meta, created_at}.
--
-- Invariants:
--   * Nothing is removed from a lane: a drain that dies has lost nothing, its lease runs out and the
--     same jobs are read again, in the same order.
--   * A lane is leased to one drain at a time; a newer lease has a greater token.
--   * A drain that gets nothing is off the list of running drains in the same step, so whoever
--     accepts the next job knows that a drain must be woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local drains = key('drains', kind)
local lease_ms, per_lane = tonumber(ARGV[6]), tonumber(ARGV[5])

for _, due in ipairs({leases, delayed}) do
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'LIMIT', 0, 1000)) do
    redis.call('ZREM', due, lane)
    arm(kind, lane)
  end
end

local claimed = {}
local taken = redis.call('ZPOPMIN', ring, ARGV[4])
for i = 1, #taken, 2 do
  local lane = taken[i]
  local queue = key('queue', lane)
  local jobs = {}
  for _, id in ipairs(redis.call('LRANGE', queue, 0, per_lane - 1)) do
    local job = redis.call('HMGET', key('job', id), 'data', 'attempts', 'meta', 'created_at')
    if job[1] then
      jobs[#jobs + 1] = {id, job[1], tonumber(job[2] or 0), job[3] or '', job[4] or ''}
    else
      -- The hash is gone: someone deleted the job through RQ. There is nothing left to do.
      redis.call('LREM', queue, 1, id)
    end
  end
  if #jobs > 0 then
    local token = redis.call('INCR', prefix .. ':turns')
    redis.call('ZADD', leases, now_ms + lease_ms, lane)
    redis.call('HSET', key('fences', kind), lane, token)
    claimed[#claimed + 1] = {lane, token, jobs}
  elseif redis.call('LLEN', queue) > 0 then
    arm(kind, lane)
  else
    redis.call('SREM', prefix .. ':queues', queue)
    redis.call('HDEL', key('fences', kind), lane)
  end
end

if #claimed > 0 then
  -- Shorter than the lease: a drain that died must not keep others from being woken for long.
  redis.call('ZADD', drains, now_ms + tonumber(ARGV[7]), ARGV[3])
else
  redis.call('ZREM', drains, ARGV[3])
end

local next_due = 0
for _, due in ipairs({leases, delayed}) do
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  if first[2] and (next_due == 0 or tonumber(first[2]) < next_due) then
    next_due = tonumber(first[2])
  end
end
return {now_ms, next_due, claimed}
