-- accept: adds jobs to their lanes, or returns for each why not. One round trip for up to 200 jobs.
--
-- ARGV[3]  id of the drain to register if one is needed  ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain                               ARGV[6]  timeouts (see prelude.lua)
-- ARGV[7]  time to live of deduplication keys (s)
-- ARGV[8]  "<time to live of idempotency keys (s)>/<maximum of them in a lane>"
-- ARGV[9]  maximum of jobs in a lane                     ARGV[10] rates, "<count>/<ms> ..."
-- ARGV[11] and on, fourteen for each job:
--   lane (an RQ queue name, "<kind>:<owner>"), id, data, meta, description, timeout (s),
--   gate that must be open, or '',
--   deduplication key, or '',
--   idempotency key, or '', and the fingerprint of the request,
--   release: '<job ids> ...:<deduplication key>', a key to delete if one of these jobs holds it, or '',
--   replaces: the created_at of a job with the same id, which this one replaces if it is done or dead,
--     or '',
--   credential with which the request was authorized, or '',
--   reserve: how many jobs more than the maximum the lane can hold for this job, or '' for a job that
--     its owner sends
--
-- Returns {drain registered (0 or 1), then for each job: status, job id, at (ms), position in its
-- lane, replayed (0 or 1)}. Status is one of
--   accepted   the job was added at `at`; replayed: an earlier request had the same idempotency key
--   repeat     the deduplication key is held by another job: its id, time and position
--   known      a job with this id exists; `at` is its created_at, as RQ wrote it
--   mismatch   the idempotency key was used with another fingerprint
--   unknown    the gate does not exist           closed   the gate closed at `at`
--   full       the lane holds the maximum of jobs
--   limited    a rate is exceeded; the lane accepts the next job at `at`
--   revoked    the credential was revoked, or every credential of the owner
-- All but `accepted` write nothing about the job.
--
-- Invariants:
--   * Each job is added completely or not at all. An idempotency key, a deduplication key or a job id
--     is never accepted twice, so a client that did not receive the answer can repeat the request. A
--     repeated idempotency key gets the first answer.
--   * A lane remembers the newest idempotency keys only, so a caller cannot fill Redis with them.
--   * `full` and `limited` are not remembered: the request may be repeated with the same idempotency key.
--   * A revoked credential gets no other answer than `revoked`, not even a remembered one.
--   * A job with a reserve comes from somebody else than the owner of the lane. The rates and the
--     revoked credentials of the owner do not concern it, and a lane that its owner filled accepts it.
--   * A release happens in the same step that adds its job. A job that is accepted later under the
--     released key is behind that job. A job that is not added releases nothing. Rates neither count
--     nor refuse a job with a release, because there are at most as many of them as of jobs that held
--     a deduplication key.
--   * A replaced job leaves its registry and loses its result in the step that adds the new job. If
--     several requests replace the same job, one is accepted and the others get `known`.
--   * A drain is registered only if the caller can learn of it: from an answer about a job in a lane,
--     or from `full`, because a full lane waits for a drain.

local deduplication_ttl, max_lane_length = ARGV[7], tonumber(ARGV[9])
local idempotency_ttl, max_idempotency_keys = string.match(ARGV[8], '^(%d+)/(%d+)$')
local now_text = string.format('%.0f', now_ms)

local rates = {}
for count, window in string.gmatch(ARGV[10], '(%d+)/(%d+)') do
  rates[#rates + 1] = {count = tonumber(count), ms = tonumber(window), text = window}
end

-- For each rate a list has the times of the newest jobs, at most as many as the rate allows. The rate
-- is reached while the oldest of that many is within the rate's time. So no window of that length has
-- more jobs than the rate allows. A time in the future does not count (see last_valid).
local function rates_allow_from(lane)
  local from = 0
  for _, rate in ipairs(rates) do
    local times = key('limit', lane .. ':' .. rate.text)
    local oldest = redis.call('LINDEX', times, -rate.count)
    if oldest and tonumber(oldest) <= last_valid(0) and oldest + rate.ms > now_ms then
      from = math.max(from, oldest + rate.ms)
    end
  end
  return from
end

local function count_for_rates(lane)
  for _, rate in ipairs(rates) do
    local times = key('limit', lane .. ':' .. rate.text)
    if redis.call('RPUSH', times, now_text) > rate.count then
      redis.call('LPOP', times)
    end
    redis.call('PEXPIRE', times, rate.ms)
  end
end

local function is_done_or_dead(lane, id)
  local status, origin = unpack(redis.call('HMGET', key('job', id), 'status', 'origin'))
  return origin == lane and (status == 'finished' or status == 'failed')
end

local function delete_job(lane, id)
  redis.call('ZREM', key('finished', lane), id)
  redis.call('ZREM', key('failed', lane), id)
  redis.call('ZREM', key('dead', kind), id)
  redis.call('DEL', key('job', id), key('results', id))
end

-- Returns when a gate closes, as it is stored, or false if it does not exist.
local closing_times = {}
local function closing_time(gate)
  if closing_times[gate] == nil then
    closing_times[gate] = redis.call('HGET', prefix .. ':gates', gate)
  end
  return closing_times[gate]
end

-- Accepts a job or refuses it, without regard to its idempotency key. `first` is the index of its
-- first argument; `may_exist` is false if no job has its id. Returns status, job id, at, position.
local function accept(first, may_exist)
  local lane, id = ARGV[first], ARGV[first + 1]
  local gate, deduplication_key = ARGV[first + 6], ARGV[first + 7]
  local release, replaces, reserve = ARGV[first + 10], ARGV[first + 11], ARGV[first + 13]
  local has_rates = release == '' and reserve == ''
  if deduplication_key ~= '' then
    local holder = redis.call('HGET', key('once', lane), deduplication_key)
    if holder then
      local holder_id, accepted_ms, position = string.match(holder, '^(%S+) (%d+) (%d+)$')
      return 'repeat', holder_id, tonumber(accepted_ms), tonumber(position)
    end
  end
  local created_at = may_exist and redis.call('HGET', key('job', id), 'created_at')
  local is_replacement = created_at and created_at == replaces and is_done_or_dead(lane, id)
  if created_at and not is_replacement then return 'known', id, created_at, 0 end
  if gate ~= '' then
    local closes_ms = closing_time(gate)
    if not closes_ms then return 'unknown', '', 0, 0 end
    -- '0' means never; a gate that closes at that time has '-0'. A negative time is that at which
    -- the gate was closed.
    local never = closes_ms == '0'
    closes_ms = tonumber(closes_ms)
    if not never and closes_ms <= now_ms then return 'closed', '', math.abs(closes_ms), 0 end
  end
  local max_length = max_lane_length + (tonumber(reserve) or 0)
  if redis.call('LLEN', key('queue', lane)) >= max_length then return 'full', '', 0, 0 end
  local allowed_from = has_rates and rates_allow_from(lane) or 0
  if allowed_from > 0 then return 'limited', '', allowed_from, 0 end

  if is_replacement then delete_job(lane, id) end
  local length = enqueue(kind, lane, id, ARGV[first + 2], ARGV[first + 3], ARGV[first + 4],
    ARGV[first + 5])
  if has_rates then count_for_rates(lane) end
  if release ~= '' then release_key(lane, release) end
  if deduplication_key ~= '' then
    local keys_of_lane = key('once', lane)
    redis.call('HSET', keys_of_lane, deduplication_key, id .. ' ' .. now_text .. ' ' .. length)
    redis.call('EXPIRE', keys_of_lane, deduplication_ttl)
  end
  return 'accepted', id, now_ms, length
end

-- The statuses that are remembered under an idempotency key.
local is_remembered = {accepted = true, ['repeat'] = true, known = true, closed = true}

-- Remembers an answer under an idempotency key, and forgets the oldest one beyond the maximum.
local function remember(lane, idempotency_key, answer_key, remembered_answer)
  redis.call('SET', answer_key, remembered_answer, 'EX', idempotency_ttl)
  local newest = key('keys', lane)
  if redis.call('RPUSH', newest, idempotency_key) > tonumber(max_idempotency_keys) then
    redis.call('DEL', key('key', lane .. ':' .. redis.call('LPOP', newest)))
  end
  redis.call('EXPIRE', newest, idempotency_ttl)
end

-- Accepts a job, or replays the answer that is remembered under its idempotency key. Returns status,
-- job id, at, position, replayed.
local function answer(first)
  local lane, idempotency_key, fingerprint = ARGV[first], ARGV[first + 8], ARGV[first + 9]
  local every_credential, job_key = key('revoked', lane), key('job', ARGV[first + 1])
  local credential = every_credential .. ':' .. ARGV[first + 12]
  local answer_key = key('key', lane .. ':' .. idempotency_key)
  -- Nearly every job is new, and one command finds that out.
  local may_exist = redis.call('EXISTS', every_credential, credential, answer_key, job_key) > 0
  if may_exist and ARGV[first + 13] == ''
    and redis.call('EXISTS', every_credential, credential) > 0 then
    return 'revoked', '', 0, 0, 0
  end
  if idempotency_key == '' then
    local status, id, at, position = accept(first, may_exist)
    return status, id, at, position, 0
  end
  local earlier = may_exist and redis.call('GET', answer_key)
  if earlier then
    local first_fingerprint, status, id, at, position =
      string.match(earlier, '^(%S*) (%S+) (%S*) (%S+) (%d+)$')
    if first_fingerprint ~= fingerprint then return 'mismatch', '', 0, 0, 0 end
    return status, id, tonumber(at) or at, tonumber(position), 1
  end
  local status, id, at, position = accept(first, may_exist)
  if is_remembered[status] then
    -- The time of a known job is a text.
    local at_text = type(at) == 'number' and string.format('%.0f', at) or at
    remember(lane, idempotency_key, answer_key,
      fingerprint .. ' ' .. status .. ' ' .. id .. ' ' .. at_text .. ' ' .. position)
  end
  return status, id, at, position, 0
end

-- The statuses whose answers can carry a wake to the caller.
local carries_wake = {accepted = true, ['repeat'] = true, known = true, full = true}
local can_wake = false
-- A repeated request for a lane that still waits: the caller that had to wake a drain may have died.
local is_drain_missing = false

local reply = {0}
for first = 11, #ARGV, 14 do
  local status, id, at, position, replayed = answer(first)
  local n = #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4], reply[n + 5] =
    status, id, at, position, replayed
  can_wake = can_wake or carries_wake[status]
  if not is_drain_missing and (replayed == 1 or status == 'repeat' or status == 'known')
    and redis.call('ZSCORE', KEYS[1], ARGV[first]) then
    is_drain_missing = true
  end
end

local timeouts = read_timeouts(ARGV[6])
local running = running_drains(kind, timeouts)
if can_wake and running < tonumber(ARGV[4])
  and (is_drain_missing or running < useful_drains(kind, tonumber(ARGV[5]), timeouts)) then
  reply[1] = register_drain(kind, ARGV[3], timeouts)
end
return reply
