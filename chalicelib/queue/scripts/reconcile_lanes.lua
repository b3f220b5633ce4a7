-- mend_lanes: sees that lanes are where they must be, and puts right what is not. One round trip.
--
-- ARGV[3] and on: the lanes
--
-- Returns {lanes that had jobs and no turn, places taken from lanes that had two, empty lanes taken
-- out}.
--
-- The scripts of the protocol keep these invariants in each step; what breaks them is a job queued by
-- RQ's own `Queue.enqueue`, a hand in the keys, or a store that came back without its last writes.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local armed, misplaced, emptied = 0, 0, 0

for i = 3, #ARGV do
  local lane = ARGV[i]
  local queue = key('queue', lane)
  local length = redis.call('LLEN', queue)
  local in_ring = redis.call('ZSCORE', ring, lane)
  local in_leases = redis.call('ZSCORE', leases, lane)
  local in_delayed = redis.call('ZSCORE', delayed, lane)
  if length == 0 then
    -- A lease on an empty lane is a batch whose jobs a stock RQ worker took: it ends by itself.
    local out = redis.call('ZREM', ring, lane) + redis.call('ZREM', delayed, lane)
    if out > 0 then
      emptied = emptied + 1
      redis.call('HDEL', key('crashes', kind), lane)
    end
    redis.call('SREM', prefix .. ':queues', queue)
  else
    redis.call('SADD', prefix .. ':queues', queue)
    local place = in_leases and 'leased' or in_delayed and 'delayed' or 'waiting'
    if place == 'waiting' and not in_ring then
      arm(kind, {lane})
      armed = armed + 1
    elseif in_ring and place ~= 'waiting' then
      redis.call('ZREM', ring, lane)
      misplaced = misplaced + 1
    end
    if in_leases and in_delayed then
      redis.call('ZREM', delayed, lane)
      misplaced = misplaced + 1
    end
  end
end
return {armed, misplaced, emptied}
