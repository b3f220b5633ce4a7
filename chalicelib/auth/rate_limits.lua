-- Takes one place in each of several limits, or in none of them. One round trip.
--
-- KEYS     one for each limit    ARGV  for each limit: how many, in how long (ms)
--
-- Returns the ms until all have a place again, 0 if one was taken in each.
--
-- Of each limit the times of the newest takings are kept, at most as many as it allows: it is
-- reached while the oldest of that many is within its time. So never more in any window.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local wait = 0
for i, times in ipairs(KEYS) do
  local most, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local oldest = redis.call('LINDEX', times, -most)
  if oldest then wait = math.max(wait, oldest + window - now) end
end
if wait > 0 then return wait end

for i, times in ipairs(KEYS) do
  redis.call('RPUSH', times, string.format('%.0f', now))
  redis.call('LTRIM', times, -ARGV[2 * i - 1], -1)
  redis.call('PEXPIRE', times, ARGV[2 * i])
end
return 0
