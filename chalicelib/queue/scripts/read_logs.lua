-- read_logs: returns the oldest entries of logs. One round trip for up to 200 logs. Writes nothing.
--
-- ARGV[3]  maximum of entries of each log    ARGV[4] and on: names of logs
--
-- Returns for each log {how many entries were trimmed before, the oldest entries, number of entries}.

local last = tonumber(ARGV[3]) - 1
local reply = {}
for i = 4, #ARGV do
  local log = key('log', ARGV[i])
  reply[#reply + 1] = {
    tonumber(redis.call('HGET', prefix .. ':log_offsets', ARGV[i]) or 0),
    redis.call('LRANGE', log, 0, last),
    redis.call('LLEN', log),
  }
end
return reply
