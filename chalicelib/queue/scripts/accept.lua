-- accept: takes jobs into their lanes, or says of each why not. One round trip, one job or many.
--
-- ARGV[3]  drain id to register if a drain is wanted     ARGV[4]  most drains
-- ARGV[5]  lanes per drain                               ARGV[6]  grace for a drain to start (ms)
-- ARGV[7]  how long a once is remembered (s)             ARGV[8]  how long a key is (s)
-- ARGV[9]  most jobs in a lane                           ARGV[10] rate limits, "<jobs>/<ms> ..."
-- ARGV[11] and on, twelve for each job:
--   lane (an RQ queue name, "<kind>:<owner>"), id, data, meta, description, timeout (s),
--   gate that must be open, '' for none,
--   once: what the owner may have accepted only once, '' for no such limit,
--   idempotency key, '' for none; fingerprint of the request for which it was chosen,
--   frees: '<job ids> ...:<once>', a once that is forgotten if one of these jobs took it, '' for none
--   replaces: when a job of this id was accepted, as RQ wrote it, that is to be taken anew if it is
--     over, '' for none
--
-- Returns {drain wanted (0 or 1), then for each job: status, job id, at (ms), place in the lane,
-- replayed (0 or 1)} with status
--   accepted   the job is in its lane since `at`; replayed: this key was answered so before
--   repeat     the same once was accepted before: its own job, time and place; nothing was written
--   known      a job of this id was accepted before, if under another once or key, or none; `at` as
--              RQ wrote it
--   mismatch   the key was used for another request
--   unknown    no such gate           closed   the gate's time was over at `at`
--   full       the lane has as many jobs as it may
--   limited    too many within a limit's time; another is taken from `at` on
--
-- Invariants: all or nothing for each job. A key, a once or else a job id is never taken twice, so a
-- client that did not hear the answer may call again, with the answer of the first call for a key.
-- What is refused for lack of room or time leaves no trace: it may be tried again with the same key.
-- A once that is freed is so in the same step in which the job that frees it is in its lane: what is
-- then accepted under it stands behind that job. A job that is known frees nothing. One that frees is
-- not counted for the rates, nor held back by them: it takes nothing, and there is no more of it than
-- of jobs that took a once.
-- A job that is taken anew leaves its registry, and its result goes, in the step in which it is in its
-- lane again. Of several calls that would replace the same, one does: for the others it is known.
-- A drain is registered only if one of the answers can tell the caller to wake it: one for a job that
-- is in a lane, or `full`, since that lane waits.

local once_ttl, key_ttl, most_jobs = ARGV[7], ARGV[8], tonumber(ARGV[9])

local limits = {}
for jobs, window in string.gmatch(ARGV[10], '(%d+)/(%d+)') do
  limits[#limits + 1] = {tonumber(jobs), tonumber(window), window}
end

-- Of each limit the times of the newest jobs are kept, at most as many as it allows: it is reached
-- when the oldest of that many is still within its time. So never more than the limit in any window.
local function allowed_from(lane)
  local from = 0
  for _, limit in ipairs(limits) do
    local times = key('limit', lane .. ':' .. limit[3])
    local oldest = redis.call('LINDEX', times, -limit[1])
    if oldest and oldest + limit[2] > now_ms then from = math.max(from, oldest + limit[2]) end
  end
  return from
end

local function note(lane)
  for _, limit in ipairs(limits) do
    local times = key('limit', lane .. ':' .. limit[3])
    if redis.call('RPUSH', times, string.format('%.0f', now_ms)) > limit[1] then
      redis.call('LPOP', times)
    end
    redis.call('PEXPIRE', times, limit[2])
  end
end

-- A lane whose owner asks again and that still waits: whoever was to wake a drain may have died.
local impatient = false

local function is_over(lane, id)
  local status, origin = unpack(redis.call('HMGET', key('job', id), 'status', 'origin'))
  return origin == lane and (status == 'finished' or status == 'failed')
end

local function forget(lane, id)
  redis.call('ZREM', key('finished', lane), id)
  redis.call('ZREM', key('failed', lane), id)
  redis.call('ZREM', key('dead', kind), id)
  redis.call('DEL', key('job', id), key('results', id))
end

local function decide(lane, id, at, gate, once, frees, replaces)
  if once ~= '' then
    local earlier = redis.call('HGET', key('once', lane), once)
    if earlier then
      local first, accepted_ms, position = string.match(earlier, '^(%S+) (%d+) (%d+)$')
      return 'repeat', first, tonumber(accepted_ms), tonumber(position)
    end
  end
  local created = redis.call('HGET', key('job', id), 'created_at')
  local anew = created and created == replaces and is_over(lane, id)
  if created and not anew then return 'known', id, created, 0 end
  if gate ~= '' then
    local closes_ms = redis.call('HGET', prefix .. ':gates', gate)
    if not closes_ms then return 'unknown', '', 0, 0 end
    closes_ms = tonumber(closes_ms)
    if closes_ms ~= 0 and closes_ms <= now_ms then return 'closed', '', closes_ms, 0 end
  end
  if redis.call('LLEN', key('queue', lane)) >= most_jobs then return 'full', '', 0, 0 end
  local from = frees == '' and allowed_from(lane) or 0
  if from > 0 then return 'limited', '', from, 0 end

  if anew then forget(lane, id) end
  local length = push(kind, lane, id, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
  if frees == '' then note(lane) else free(lane, frees) end
  if once ~= '' then
    local remembered = key('once', lane)
    redis.call('HSET', remembered, once, string.format('%s %.0f %d', id, now_ms, length))
    redis.call('EXPIRE', remembered, once_ttl)
  end
  return 'accepted', id, now_ms, length
end

local kept = {accepted = true, ['repeat'] = true, known = true, closed = true}

local function answer(at)
  local lane, id, gate, once = ARGV[at], ARGV[at + 1], ARGV[at + 6], ARGV[at + 7]
  local idempotency_key, fingerprint = ARGV[at + 8], ARGV[at + 9]
  local frees, replaces = ARGV[at + 10], ARGV[at + 11]
  if idempotency_key == '' then
    local status, first, accepted_ms, position = decide(lane, id, at, gate, once, frees, replaces)
    return status, first, accepted_ms, position, 0
  end
  local answered = key('key', lane .. ':' .. idempotency_key)
  local earlier = redis.call('GET', answered)
  if earlier then
    local request, status, first, accepted, position =
      string.match(earlier, '^(%S*) (%S+) (%S*) (%S+) (%d+)$')
    if request ~= fingerprint then return 'mismatch', '', 0, 0, 0 end
    return status, first, tonumber(accepted) or accepted, tonumber(position), 1
  end
  local status, first, accepted, position = decide(lane, id, at, gate, once, frees, replaces)
  if kept[status] then
    -- Of a job that is known it is a text.
    local written = type(accepted) == 'number' and string.format('%.0f', accepted) or accepted
    redis.call('SET', answered, string.format('%s %s %s %s %d', fingerprint, status, first, written,
      position), 'EX', key_ttl)
  end
  return status, first, accepted, position, 0
end

-- The answers that carry a wake to the caller.
local tells = {accepted = true, ['repeat'] = true, known = true, full = true}
local told = false

local reply = {0}
for at = 11, #ARGV, 12 do
  local n = #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4], reply[n + 5] = answer(at)
  told = told or tells[reply[n + 1]]
  if not impatient and (reply[n + 5] == 1 or reply[n + 1] == 'repeat' or reply[n + 1] == 'known')
    and redis.call('ZSCORE', KEYS[1], ARGV[at]) then
    impatient = true
  end
end

local running = running_drains(kind)
if told and running < tonumber(ARGV[4])
  and (impatient or running < useful_drains(kind, tonumber(ARGV[5]))) then
  reply[1] = start_drain(kind, ARGV[3], tonumber(ARGV[6]))
end
return reply
