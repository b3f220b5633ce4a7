-- replace_drain: registers a drain in place of one that died. One round trip.
--
-- ARGV[3]  id of the drain to register   ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain               ARGV[6]  timeouts (see prelude.lua)
-- ARGV[7]  id of the drain that died
--
-- Returns whether a drain was registered (0 or 1).
--
-- Invariant: the dead drain does not count as running any more. Another one is registered while any
-- lane has jobs, also if all lanes are leased: it stays until the leases of the dead drain expire.

redis.call('ZREM', key('drains', kind), ARGV[7])
local lanes = redis.call('ZCARD', KEYS[1]) + redis.call('ZCARD', key('leases', kind))
  + redis.call('ZCARD', key('delayed', kind))
local timeouts = read_timeouts(ARGV[6])
if lanes == 0 or running_drains(kind, timeouts) >= tonumber(ARGV[4]) or is_paused('drains', kind) then
  return 0
end
return register_drain(kind, ARGV[3], timeouts)
