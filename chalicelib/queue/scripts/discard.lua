-- discard: deletes dead letters for good. One round trip for up to 200 jobs.
--
-- ARGV[3] and on: job ids
--
-- Returns how many jobs were deleted.
--
-- Invariants: only a job in the failed registry of its lane is deleted. Deduplication keys that it
-- holds are deleted with it, so the owner may try again. The log of removed jobs gets an entry in the
-- same step (see log_removal.lua).

local discarded = 0
for i = 3, #ARGV do
  local id = ARGV[i]
  local lane = redis.call('HGET', key('job', id), 'origin')
  redis.call('ZREM', key('dead', kind), id)
  if lane and kind_of(lane) == kind and redis.call('ZREM', key('failed', lane), id) == 1 then
    log_removal(id, 'discarded')
    redis.call('DEL', key('job', id), key('results', id))
    local keys_of_lane = key('once', lane)
    local entries = redis.call('HGETALL', keys_of_lane)
    for field = 1, #entries, 2 do
      if string.match(entries[field + 1], '^%S+') == id then
        redis.call('HDEL', keys_of_lane, entries[field])
      end
    end
    discarded = discarded + 1
  end
end
return discarded
