-- Shared by the scripts that delete jobs which are not done; Python puts it behind the prelude.

-- Logs that a job is deleted: "<id> <time (ms)> <erased or discarded> <description>". The set of logs
-- has the names of those with entries (see trim_logs.lua).
local function log_removal(id, how)
  local name = 'removed:' .. kind
  local description = redis.call('HGET', key('job', id), 'description') or ''
  local entry = id .. ' ' .. string.format('%.0f', now_ms) .. ' ' .. how .. ' ' .. description
  if redis.call('RPUSH', key('log', name), entry) == 1 then
    redis.call('SADD', prefix .. ':logs', name)
  end
end
