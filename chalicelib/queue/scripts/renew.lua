-- renew: a drain that is still at work keeps its lanes. One round trip for all of them.
--
-- ARGV[3]  drain id     ARGV[4]  fencing token of the claim
-- ARGV[5]  lease (ms); so long does the drain count as running
-- ARGV[6] and on: the lanes
--
-- Returns the lanes that were lost: leased to another drain, or settled.
--
-- Invariants: only the holder of the newest token renews; a lane stays in exactly one place.

local leases = key('leases', kind)
local until_ms = now_ms + tonumber(ARGV[5])

local lost, kept = {}, {}
local names = {unpack(ARGV, 6)}
for i, token in ipairs(redis.call('HMGET', key('fences', kind), unpack(names))) do
  if token == ARGV[4] then
    kept[#kept + 1] = until_ms
    kept[#kept + 1] = names[i]
    -- The lease may have run out and nobody came for the lane.
    redis.call('ZREM', KEYS[1], names[i])
  else
    lost[#lost + 1] = names[i]
  end
end
if #kept > 0 then
  redis.call('ZADD', leases, unpack(kept))
  redis.call('ZADD', key('drains', kind), until_ms, ARGV[3])
end
return lost
