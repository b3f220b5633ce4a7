-- erase: deletes the jobs of a lane for good, waiting, dead and finished ones. One round trip for up to
-- 200 jobs.
--
-- ARGV[3]  lane
--
-- Returns how many jobs were deleted; repeat until it is 0.
--
-- Invariants: a claim of the lane becomes stale, so its drain settles nothing and enqueues no follow-up
-- jobs. While jobs are left, the lane is in the ring; afterwards it is in no place. Deduplication keys
-- are forgotten.

local lane = ARGV[3]
local queue = key('queue', lane)
local most = 200

redis.call('HDEL', key('fences', kind), lane)
redis.call('HDEL', key('crashes', kind), lane)
for _, place in ipairs({'ring', 'leases', 'delayed'}) do redis.call('ZREM', key(place, kind), lane) end
redis.call('DEL', key('once', lane))

local ids = redis.call('LPOP', queue, most) or {}
for _, registry in ipairs({'finished', 'failed'}) do
  if #ids < most then
    local entries = redis.call('ZPOPMIN', key(registry, lane), most - #ids)
    for i = 1, #entries, 2 do ids[#ids + 1] = entries[i] end
  end
end
for _, id in ipairs(ids) do
  redis.call('DEL', key('job', id), key('results', id))
  redis.call('ZREM', key('dead', kind), id)
end

if redis.call('EXISTS', queue) == 1 then
  add_to_ring(kind, {lane})
else
  redis.call('SREM', prefix .. ':queues', queue)
end
return #ids
