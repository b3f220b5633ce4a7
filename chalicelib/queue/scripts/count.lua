-- count: counts the lanes by state, the running drains and the dead letters, finds the job that has
-- waited longest, and reads what the shard knows about itself. One round trip.
--
-- ARGV[3]  timeouts (see prelude.lua)
--
-- Returns {ready lanes, leased lanes, delayed lanes, running drains, dead letters, created_at of the
-- oldest job or '', time (ms), number of shards or '', whether the intake is paused (0 or 1), whether the
-- drains are}. The oldest job is looked for at the heads of the lanes that are served next, or have been
-- leased or delayed longest, because Redis serves nobody else while a script runs.

local function size(name) return redis.call('ZCARD', key(name, kind)) end

local lanes_of_each = 60
local oldest = ''
for _, name in ipairs({'ring', 'leases', 'delayed'}) do
  for _, lane in ipairs(redis.call('ZRANGE', key(name, kind), 0, lanes_of_each - 1)) do
    local id = redis.call('LINDEX', key('queue', lane), 0)
    local created_at = id and redis.call('HGET', key('job', id), 'created_at')
    if created_at and (oldest == '' or created_at < oldest) then oldest = created_at end
  end
end

return {size('ring'), size('leases'), size('delayed'), running_drains(kind, read_timeouts(ARGV[3])),
  size('dead'), oldest, now_ms, redis.call('HGET', prefix .. ':shard', 'shards') or '',
  is_paused('intake', kind) and 1 or 0, is_paused('drains', kind) and 1 or 0}
