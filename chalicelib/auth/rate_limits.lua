-- Counts one attempt against several rate limits, or against none of them, in one round trip.
--
-- KEYS     one list for each limit
-- ARGV     for each limit: how many attempts it allows, and in how many ms
--
-- Returns 0 if the attempt was counted, else the ms until every limit allows another attempt.
--
-- Invariant: a list holds the times of the newest attempts, at most as many as the limit allows. The
-- limit is reached while the oldest of that many attempts is within the window. So no window ever
-- contains more attempts than allowed.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local wait = 0
for i, times in ipairs(KEYS) do
  local most, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local oldest = redis.call('LINDEX', times, -most)
  -- A clock that was set back leaves times in the future, which do not count. A second is allowed for
  -- the clocks of two servers, of which one replaces the other.
  if oldest and tonumber(oldest) <= now + 1000 then wait = math.max(wait, oldest + window - now) end
end
if wait > 0 then return wait end

for i, times in ipairs(KEYS) do
  redis.call('RPUSH', times, string.format('%.0f', now))
  redis.call('LTRIM', times, -ARGV[2 * i - 1], -1)
  redis.call('PEXPIRE', times, ARGV[2 * i])
end
return 0
