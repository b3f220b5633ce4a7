-- trim_logs: removes the oldest entries of logs, which their reader has stored. One round trip for up to
-- 200 logs.
--
-- ARGV[3] and on, four for each log: name, number of entries to remove, the first and the last of them
--
-- Returns how many entries were removed.
--
-- Invariants:
--   * Only the entries that the reader names are removed, so two readers of one log remove none that
--     neither has stored.
--   * The offset of a log counts its removed entries. So offset + index is the number of an entry since
--     the log began.
--   * The set of logs has the logs with entries.

local removed = 0
for i = 3, #ARGV, 4 do
  local name, count = ARGV[i], tonumber(ARGV[i + 1])
  local log = key('log', name)
  if redis.call('LINDEX', log, 0) == ARGV[i + 2]
    and redis.call('LINDEX', log, count - 1) == ARGV[i + 3] then
    redis.call('LTRIM', log, count, -1)
    redis.call('HINCRBY', prefix .. ':log_offsets', name, count)
    removed = removed + count
  end
  if redis.call('EXISTS', log) == 0 then redis.call('SREM', prefix .. ':logs', name) end
end
return removed
