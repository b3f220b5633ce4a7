-- erase_jobs: deletes some jobs of a lane for good, waiting, dead and finished ones. One round trip for up
-- to 200 jobs.
--
-- ARGV[3]  see check_shards.lua
-- ARGV[4]  lane
-- ARGV[5] and on: job ids
--
-- Returns how many jobs were deleted.
--
-- Invariants: only jobs of the lane are deleted. A claim of the lane stays valid; its drain settles the
-- jobs that are left. If none is left, the lane is in no place. The log of removed jobs gets an entry for
-- each job that was not done, in the step that deletes the job (see log_removal.lua).

local lane = ARGV[4]
local queue = key('queue', lane)

local erased = 0
for i = 5, #ARGV do
  local id = ARGV[i]
  if redis.call('HGET', key('job', id), 'origin') == lane then
    local not_done = redis.call('LREM', queue, 0, id) + redis.call('ZREM', key('failed', lane), id)
    redis.call('ZREM', key('dead', kind), id)
    redis.call('ZREM', key('finished', lane), id)
    if not_done > 0 then log_removal(id, 'erased') end
    redis.call('DEL', key('job', id), key('results', id))
    erased = erased + 1
  end
end

if redis.call('EXISTS', queue) == 0 then
  redis.call('HDEL', key('fences', kind), lane)
  redis.call('HDEL', key('crashes', kind), lane)
  for _, place in ipairs({'ring', 'leases', 'delayed'}) do redis.call('ZREM', key(place, kind), lane) end
  redis.call('SREM', prefix .. ':queues', queue)
end
return erased
