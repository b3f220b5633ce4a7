-- discard: deletes dead letters for good. One round trip.
--
-- ARGV[3] and on: job ids
--
-- Returns how many were discarded.
--
-- Invariants: only a job in its lane's failed registry is deleted. What its owner may have accepted
-- only once is forgotten with it: they may try again.

local discarded = 0
for i = 3, #ARGV do
  local id = ARGV[i]
  local lane = redis.call('HGET', key('job', id), 'origin')
  redis.call('ZREM', key('dead', kind), id)
  if lane and kind_of(lane) == kind and redis.call('ZREM', key('failed', lane), id) == 1 then
    redis.call('DEL', key('job', id), key('results', id))
    local remembered = redis.call('HGETALL', key('once', lane))
    for field = 1, #remembered, 2 do
      if string.match(remembered[field + 1], '^%S+') == id then
        redis.call('HDEL', key('once', lane), remembered[field])
      end
    end
    discarded = discarded + 1
  end
end
return discarded
