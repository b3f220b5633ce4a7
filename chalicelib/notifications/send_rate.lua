-- Reserves the time at which the next e-mail of the account may be sent. One round trip.
--
-- KEYS[1]  the first time that is not reserved (microseconds)
-- ARGV[1]  time between this e-mail and the next one (microseconds)
-- ARGV[2]  longest wait of the caller (microseconds)
-- ARGV[3]  how far ahead any caller may have reserved (microseconds)
--
-- Returns how long the caller must wait (microseconds). If that is longer than its longest wait, it returns
-- -1 minus the wait, and nothing is reserved.
--
-- Invariant: two reserved times are at least ARGV[1] of the first one apart. Exception: a clock that was set
-- back leaves a time that no caller can have reserved. It counts as past.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, longest_wait = tonumber(ARGV[1]), tonumber(ARGV[2])
local first_free = tonumber(redis.call('GET', KEYS[1]) or 0)
if first_free > now + ARGV[3] then first_free = now end
local wait = math.max(0, first_free - now)
if wait > longest_wait then return -1 - wait end
redis.call('SET', KEYS[1], string.format('%.0f', now + wait + interval),
  'PX', string.format('%.0f', math.ceil((wait + interval) / 1000)))
return wait
