-- redrive: returns dead letters to the ends of their lanes, with all their attempts. One round trip for
-- up to 200 jobs.
--
-- ARGV[3]  id of the drain to register if one is needed  ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain                               ARGV[6]  timeouts (see prelude.lua)
-- ARGV[7] and on: job ids
--
-- Returns {drain registered (0 or 1), how many jobs were redriven}.
--
-- Invariants: only a job in the failed registry of its lane is redriven, and it leaves the registry in
-- the same step, so a repeated redrive changes nothing. Jobs that wait in the lane stay before it.

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
return {register_useful_drain(kind, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]),
  read_timeouts(ARGV[6])), redriven}
