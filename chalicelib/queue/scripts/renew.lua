-- renew: extends the leases of a drain that still works on its claim. One round trip for all lanes.
--
-- ARGV[3]  id of the drain     ARGV[4]  fencing token of the claim
-- ARGV[5]  lease (ms); the drain counts as running for the same time
-- ARGV[6] and on: the lanes
--
-- Returns the lanes that are lost, because another drain leased them or they were settled.
--
-- Invariants: only the holder of the newest token renews; a lane stays in exactly one place.

local leases = key('leases', kind)
local expires_ms = now_ms + tonumber(ARGV[5])

local lost, kept = {}, {}
local names = {unpack(ARGV, 6)}
for i, token in ipairs(redis.call('HMGET', key('fences', kind), unpack(names))) do
  if token == ARGV[4] then
    kept[#kept + 1] = expires_ms
    kept[#kept + 1] = names[i]
    -- A lease that expired meanwhile may have returned its lane to the ring.
    redis.call('ZREM', KEYS[1], names[i])
  else
    lost[#lost + 1] = names[i]
  end
end
if #kept > 0 then
  redis.call('ZADD', leases, unpack(kept))
  redis.call('ZADD', key('drains', kind), expires_ms, ARGV[3])
end
return lost
