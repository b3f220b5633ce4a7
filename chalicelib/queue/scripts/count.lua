-- count: counts the lanes by state, the running drains and the dead letters. One round trip.
--
-- ARGV[3]  timeouts (see prelude.lua)
--
-- Returns {ready lanes, leased lanes, delayed lanes, running drains, dead letters}.

local function size(name) return redis.call('ZCARD', key(name, kind)) end

return {size('ring'), size('leases'), size('delayed'), running_drains(kind, read_timeouts(ARGV[3])),
  size('dead')}
