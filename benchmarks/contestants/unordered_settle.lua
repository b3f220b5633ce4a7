-- Ends the lease of jobs and writes what RQ keeps of each: status, result, registry entry.
--
-- KEYS[1] leased ids   KEYS[2] RQ's registry of finished jobs
-- ARGV[1] key prefix   ARGV[2] how long a result is kept (s)   ARGV[3] when it ended, as RQ writes it
-- ARGV[4] and on: for each job its id and the base64 of its result
-- Returns how many leases were ended; a job whose lease is gone is left alone.

local time = redis.call('TIME')
local ttl, ended = tonumber(ARGV[2]), ARGV[3]
local finished = {}
for at = 4, #ARGV, 2 do
  local id = ARGV[at]
  if redis.call('ZREM', KEYS[1], id) == 1 then
    local job, results = ARGV[1] .. ':job:' .. id, ARGV[1] .. ':results:' .. id
    redis.call('HSET', job, 'status', 'finished', 'ended_at', ended)
    redis.call('EXPIRE', job, ttl)
    redis.call('XADD', results, 'MAXLEN', 10, '*', 'type', 1, 'worker_name', '', 'return_value',
      ARGV[at + 1])
    redis.call('EXPIRE', results, ttl)
    finished[#finished + 1] = time[1] + ttl
    finished[#finished + 1] = id
  end
end
if #finished > 0 then
  redis.call('ZADD', KEYS[2], unpack(finished))
  redis.call('EXPIRE', KEYS[2], ttl)
end
return #finished / 2
