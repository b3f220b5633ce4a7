-- erase: deletes the jobs of a lane for good, waiting, dead and finished ones. One round trip for up to
-- 200 jobs.
--
-- ARGV[3]  see check_shards.lua
-- ARGV[4]  lane
-- ARGV[5]  the times of the rates of the lane (ms), "<ms> ..."
--
-- Returns how many jobs were deleted; repeat until it is 0.
--
-- Invariants: a claim of the lane becomes stale, so its drain settles nothing and enqueues no follow-up
-- jobs. While jobs are left, the lane is in the ring; afterwards it is in no place. Deduplication keys,
-- idempotency keys and rates, also those of groups, are forgotten; revoked credentials stay revoked until
-- that expires. The log of removed jobs gets an entry for each job that was not done, in the step that
-- deletes the job (see log_removal.lua).

local lane = ARGV[4]
local queue = key('queue', lane)
local most = 200

redis.call('HDEL', key('fences', kind), lane)
redis.call('HDEL', key('crashes', kind), lane)
for _, place in ipairs({'ring', 'leases', 'delayed'}) do redis.call('ZREM', key(place, kind), lane) end
redis.call('DEL', key('once', lane))
for window in string.gmatch(ARGV[5], '%d+') do redis.call('DEL', key('limit', lane .. ':' .. window)) end
for _, group in ipairs(redis.call('SMEMBERS', key('groups', lane))) do
  redis.call('DEL', key('limit', lane .. ':group:' .. group))
end
redis.call('DEL', key('groups', lane))
-- There are few, because accept.lua forgets the oldest beyond a maximum.
for _, name in ipairs(redis.call('LRANGE', key('keys', lane), 0, -1)) do
  redis.call('DEL', key('key', lane .. ':' .. name))
end
redis.call('DEL', key('keys', lane))

local ids = redis.call('LPOP', queue, most) or {}
local not_done = #ids
for _, registry in ipairs({'failed', 'finished'}) do
  if #ids < most then
    local entries = redis.call('ZPOPMIN', key(registry, lane), most - #ids)
    for i = 1, #entries, 2 do ids[#ids + 1] = entries[i] end
    if registry == 'failed' then not_done = #ids end
  end
end
for i, id in ipairs(ids) do
  if i <= not_done then log_removal(id, 'erased') end
  redis.call('DEL', key('job', id), key('results', id))
  redis.call('ZREM', key('dead', kind), id)
end

if redis.call('EXISTS', queue) == 1 then
  add_to_ring(kind, {lane})
else
  redis.call('SREM', prefix .. ':queues', queue)
end
return #ids
