-- redrive: gives dead letters another five attempts, at the ends of their lanes. One round trip.
--
-- ARGV[3]  drain id to register if one is wanted     ARGV[4]  most drains
-- ARGV[5]  lanes per drain                           ARGV[6]  grace for a drain to start (ms)
-- ARGV[7] and on: job ids
--
-- Returns {drain wanted (0 or 1), how many were redriven}.
--
-- Invariants: only a job in its lane's failed registry is redriven, and leaves it in the same step,
-- so twice is once; the jobs that waited in the lane meanwhile stay before it.

local redriven = 0
for i = 7, #ARGV do
  local id = ARGV[i]
  local job = key('job', id)
  local lane = redis.call('HGET', job, 'origin')
  redis.call('ZREM', key('dead', kind), id)
  if lane and kind_of(lane) == kind and redis.call('ZREM', key('failed', lane), id) == 1 then
    redis.call('HSET', job, 'status', 'queued', 'enqueued_at', rq_time())
    redis.call('HDEL', job, 'attempts', 'ended_at')
    redis.call('PERSIST', job)
    append(kind, lane, id)
    redriven = redriven + 1
  end
end
return {want_drain(kind, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])), redriven}
