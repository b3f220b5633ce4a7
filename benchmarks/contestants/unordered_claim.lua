-- Moves up to n job ids from the shared list to the set of leased ones and reads their hashes.
--
-- KEYS[1] list of waiting ids   KEYS[2] leased ids, scored by when the lease ends (ms)
-- ARGV[1] key prefix            ARGV[2] n            ARGV[3] lease (ms)
-- Returns for each job: id, data, attempts, meta, created_at.

local time = redis.call('TIME')
local until_ms = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
local ids = redis.call('LPOP', KEYS[1], ARGV[2]) or {}
local leased, claimed = {}, {}
for _, id in ipairs(ids) do
  local job = redis.call('HMGET', ARGV[1] .. ':job:' .. id, 'data', 'attempts', 'meta', 'created_at')
  leased[#leased + 1] = until_ms
  leased[#leased + 1] = id
  local n = #claimed
  claimed[n + 1], claimed[n + 2], claimed[n + 3] = id, job[1], job[2]
  claimed[n + 4], claimed[n + 5] = job[3], job[4]
end
if #leased > 0 then redis.call('ZADD', KEYS[2], unpack(leased)) end
return claimed
