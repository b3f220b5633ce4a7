-- lane_contents: returns the jobs of one lane that are not done. One round trip. Both lists are read in
-- one step, so a job that dies or is redriven meanwhile is in one of them.
--
-- ARGV[3]  see check_shards.lua
-- ARGV[4]  lane
-- ARGV[5]  a description, or ''
--
-- Returns {ids of its jobs, oldest first; ids of its dead letters, the first to expire first; ids of
-- all these jobs that have the description}. Writes nothing.

local waiting = redis.call('LRANGE', key('queue', ARGV[4]), 0, -1)
local dead = redis.call('ZRANGE', key('failed', ARGV[4]), 0, -1)
local described = {}
if ARGV[5] ~= '' then
  for _, ids in ipairs({waiting, dead}) do
    for _, id in ipairs(ids) do
      if redis.call('HGET', key('job', id), 'description') == ARGV[5] then
        described[#described + 1] = id
      end
    end
  end
end
return {waiting, dead, described}
