-- reconcile_lanes: checks that lanes are in the right place, and repairs those that are not. One round
-- trip for up to 200 lanes.
--
-- ARGV[3] and on: the lanes
--
-- Returns {lanes with jobs that were in no place and are in the ring now, lanes removed from a second
-- place, lanes without jobs that were removed}.
--
-- The scripts of the protocol keep these invariants in each step. They are broken by jobs that RQ's own
-- `Queue.enqueue` adds, by keys edited by hand, and by a store that restarted without its last writes.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local unscheduled, misplaced, empty = 0, 0, 0

for i = 3, #ARGV do
  local lane = ARGV[i]
  local queue = key('queue', lane)
  local length = redis.call('LLEN', queue)
  local in_ring = redis.call('ZSCORE', ring, lane)
  local in_leases = redis.call('ZSCORE', leases, lane)
  local in_delayed = redis.call('ZSCORE', delayed, lane)
  if length == 0 then
    -- A lease of an empty lane is a claim whose jobs a stock RQ worker took. It expires by itself.
    local removed = redis.call('ZREM', ring, lane) + redis.call('ZREM', delayed, lane)
    if removed > 0 then
      empty = empty + 1
      redis.call('HDEL', key('crashes', kind), lane)
    end
    redis.call('SREM', prefix .. ':queues', queue)
  else
    redis.call('SADD', prefix .. ':queues', queue)
    local location = in_leases and 'leased' or in_delayed and 'delayed' or 'waiting'
    if location == 'waiting' and not in_ring then
      add_to_ring(kind, {lane})
      unscheduled = unscheduled + 1
    elseif in_ring and location ~= 'waiting' then
      redis.call('ZREM', ring, lane)
      misplaced = misplaced + 1
    end
    if in_leases and in_delayed then
      redis.call('ZREM', delayed, lane)
      misplaced = misplaced + 1
    end
  end
end
return {unscheduled, misplaced, empty}
