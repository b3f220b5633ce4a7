-- accept: adds jobs to their lanes, or returns for each why not. One round trip for up to 200 jobs.
--
-- ARGV[3]  id of the drain to register if one is needed  ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain                               ARGV[6]  timeouts (see prelude.lua)
-- ARGV[7]  time to live of deduplication keys (s)
-- ARGV[8]  "<time to live of idempotency keys (s)>/<maximum of them in a lane>"
-- ARGV[9]  maximum of jobs in a lane                     ARGV[10] rates, "<count>/<ms> ..."
-- ARGV[11] number of shards that the caller knows, or ''
-- ARGV[12] and on, sixteen for each job:
--   lane (an RQ queue name, "<kind>:<owner>"), id, data, meta, description, timeout (s),
--   gate that must be open, with a '?' before it if its log does not get the id; or '',
--   deduplication key, or '',
--   idempotency key, or '', and the fingerprint of the request,
--   release: '<job ids> ...:<deduplication key>', a key to delete if one of these jobs holds it, or '',
--   replaces: the created_at of a job with the same id, which this one replaces if it is done or dead,
--     or '',
--   credential with which the request was authorized, or '',
--   reserve: how many jobs more than the maximum the lane can hold for this job, or '' for a job that
--     its owner sends
--   version of the gate's subject on which the job is based, '' if it has none, '*' if any will do,
--   sender: "<count>/<ms>:<sender>", the rate of somebody else than the owner who sends the job, or ''
--
-- Returns {drain registered (0 or 1), then for each job: status, job id, at (ms), position in its
-- lane, replayed (0 or 1), number in the log of its gate, head of that log}. The number counts from 1,
-- and is 0 if it is unknown or there is no gate. The head is the text that the reader of the log
-- published last (field `head:<log>` of the log offsets), or ''. Status is one of
--   accepted   the job was added at `at`; replayed: an earlier request had the same idempotency key
--   repeat     the deduplication key is held by another job: its id, time, position and number
--   known      a job with this id exists; `at` is its created_at, as RQ wrote it
--   mismatch   the idempotency key was used with another fingerprint
--   unknown    the gate does not exist           closed   the gate closed at `at`
--   changed    the subject of the gate has another version
--   paused     an operator paused the intake at `at`
--   full       the lane holds the maximum of jobs
--   limited    a rate is exceeded; the next job is accepted at `at`
--   group_limited  the rate of the group of the gate is exceeded; the owner's next job for the group is
--              accepted at `at`; the head is the rate, as gate.lua stored it
--   revoked    the credential was revoked, or every credential of the owner
-- All but `accepted` write nothing about the job.
--
-- Returns the error SHARDS, and writes nothing, if the shard is one of another number of shards: the
-- caller may have chosen the wrong shard for the owners.
--
-- Invariants:
--   * Each job is added completely or not at all. An idempotency key, a deduplication key or a job id
--     is never accepted twice, so a client that did not receive the answer can repeat the request. A
--     repeated idempotency key gets the first answer.
--   * A lane remembers the newest idempotency keys only, so a caller cannot fill Redis with them.
--   * `paused`, `full`, `limited`, `group_limited` and `changed` are not remembered: the request may be
--     repeated with the same idempotency key.
--   * While the intake is paused, no job is added that a log would count for the first time. All others
--     are: those of somebody else than the owner, replacements, and those that concern an earlier job.
--     Repeated requests get their first answer.
--   * No job is accepted that is based on another version of the gate's subject than the gate has,
--     except a job for which any version will do.
--   * A revoked credential gets no other answer than `revoked`, not even a remembered one.
--   * A job with a reserve comes from somebody else than the owner of the lane. The rates and the
--     revoked credentials of the owner do not concern it, and a lane that its owner filled accepts it.
--   * A sender has one rate for the jobs in all lanes of the shard. It counts only accepted jobs.
--   * The rate of the group of a gate counts the jobs of a lane for all gates of the group: those that
--     are in a log, except replacements and jobs with a reserve. It counts from when the gate has it.
--   * A release happens in the same step that adds its job. A job that is accepted later under the
--     released key is behind that job. A job that is not added releases nothing. Rates neither count
--     nor refuse a job with a release, because there are at most as many of them as of jobs that held
--     a deduplication key.
--   * A replaced job leaves its registry and loses its result in the step that adds the new job. If
--     several requests replace the same job, one is accepted and the others get `known`.
--   * The log of a gate has the id of each job that was accepted for it, once, in the order in which
--     they were accepted, except jobs that ask not to be in it. A replacement was in it before, and
--     gets no number. Numbers are those of the entries since the log began: the trimmed ones count.
--   * A drain is registered only if the caller can learn of it: from an answer about a job in a lane,
--     or from `full`, because a full lane waits for a drain.

local shards, intake_pause =
  unpack(redis.call('HMGET', prefix .. ':shard', 'shards', 'intake:' .. kind))
if shards and ARGV[11] ~= '' and shards ~= ARGV[11] then
  return redis.error_reply('SHARDS the queue has ' .. shards .. ' shards, not ' .. ARGV[11])
end

local deduplication_ttl, max_lane_length = ARGV[7], tonumber(ARGV[9])
local idempotency_ttl, max_idempotency_keys = string.match(ARGV[8], '^(%d+)/(%d+)$')

-- The rates: of each the count and the time (ms).
local counts, windows = {}, {}
for count, window in string.gmatch(ARGV[10], '(%d+)/(%d+)') do
  counts[#counts + 1], windows[#windows + 1] = count, window
end

-- When gates close, as it is stored; false for one that does not exist. The versions of their subjects,
-- and the rates of their groups.
local closing_times, versions, gate_rates = {}, {}, {}

-- Returns when a lane accepts the next job, or 0 if that is now. Each of the `rates` is the key of the
-- lane's times, the count and the time (ms).
--
-- For each rate a list has the times of the newest jobs, at least as many as the rate allows. The rate is
-- reached while the oldest of that many is within the rate's time. So no window of that length has more
-- jobs than the rate allows. A time in the future does not count (see last_valid).
local function next_allowed(rates)
  local allowed_from = 0
  for _, rate in ipairs(rates) do
    local times, count, window = unpack(rate)
    local oldest = redis.call('LINDEX', times, '-' .. count)
    if oldest and tonumber(oldest) <= last_valid(0) and oldest + window > now_ms then
      allowed_from = math.max(allowed_from, oldest + window)
    end
  end
  return allowed_from
end

-- Returns the rate of the group of a gate that was read, and the group. Returns nil if it has none.
local function group_rate(lane, gate)
  if gate_rates[gate] == '' then return nil end
  local count, window, group = string.match(gate_rates[gate], '^(%d+)/(%d+):(.*)$')
  return {key('limit', lane .. ':group:' .. group), count, window}, group
end

-- Returns why a job is not added: status, job id, at, position, number. Returns nil if it may be added.
-- `known_since` is the created_at of a job with this id that is not replaced, or false. `is_counted` is
-- whether the log of the gate counts the job for the first time.
local function refusal(lane, id, known_since, gate, version, deduplication_key, max_length,
    rates, is_counted)
  if deduplication_key ~= '' then
    local holder = redis.call('HGET', key('once', lane), deduplication_key)
    if holder then
      -- Earlier versions stored no number.
      local holder_id, accepted_ms, position, number =
        string.match(holder, '^(%S+) (%d+) (%d+) ?(%d*)$')
      return 'repeat', holder_id, tonumber(accepted_ms), tonumber(position), tonumber(number) or 0
    end
  end
  if known_since then return 'known', id, known_since, 0 end
  if gate ~= '' then
    local closes_ms = closing_times[gate]
    if closes_ms == nil then
      closes_ms = redis.call('HGET', prefix .. ':gates', gate)
      closing_times[gate] = closes_ms
      versions[gate] = redis.call('HGET', prefix .. ':gate_versions', gate) or ''
      gate_rates[gate] = redis.call('HGET', prefix .. ':gate_rates', gate) or ''
    end
    if not closes_ms then return 'unknown', '', 0, 0 end
    -- '0' means never; a gate that closes at that time has '-0'. A negative time is that at which
    -- the gate was closed.
    if closes_ms ~= '0' and tonumber(closes_ms) <= now_ms then
      return 'closed', '', math.abs(closes_ms), 0
    end
    if version ~= '*' and version ~= versions[gate] then return 'changed', '', 0, 0 end
  end
  if intake_pause and is_counted then
    return 'paused', '', tonumber(string.match(intake_pause, '^%d+')), 0
  end
  if redis.call('LLEN', key('queue', lane)) >= max_length then return 'full', '', 0, 0 end
  local allowed_from = is_counted and next_allowed({(group_rate(lane, gate))}) or 0
  if allowed_from > 0 then return 'group_limited', '', allowed_from, 0 end
  allowed_from = next_allowed(rates)
  if allowed_from > 0 then return 'limited', '', allowed_from, 0 end
  return nil
end

-- Returns the rates that count a job.
local function rates_of(lane, release, reserve, sender)
  local rates = {}
  if sender ~= '' then
    local count, window, id = string.match(sender, '^(%d+)/(%d+):(.*)$')
    rates[1] = {key('limit', 'sender:' .. id), count, window}
  elseif release == '' and reserve == '' then
    for i = 1, #counts do
      rates[i] = {key('limit', lane .. ':' .. windows[i]), counts[i], windows[i]}
    end
  end
  return rates
end

-- Counts a job of a lane for the group of a gate, if the gate has a rate.
local function count_for_group(lane, gate)
  local rate, group = group_rate(lane, gate)
  if not rate then return end
  local times, count, window = unpack(rate)
  redis.call('RPUSH', times, now_text)
  -- Somebody may set a greater count later, so that more times than the present count are needed.
  redis.call('LTRIM', times, -math.max(count, 50), -1)
  redis.call('PEXPIRE', times, window)
  -- So that erase.lua finds the times of the lane.
  local groups = key('groups', lane)
  redis.call('SADD', groups, group)
  if redis.call('PTTL', groups) < tonumber(window) then redis.call('PEXPIRE', groups, window) end
end

-- Accepts a job or refuses it, or replays the answer that is remembered under its idempotency key.
-- Takes the arguments of a job. Returns status, job id, at, position, replayed, number, head.
local function answer(lane, id, data, meta, description, timeout, gate, deduplication_key,
    idempotency_key, fingerprint, release, replaces, credential, reserve, version,
    sender)
  local is_logged = string.sub(gate, 1, 1) ~= '?'
  if not is_logged then gate = string.sub(gate, 2) end
  local every_credential = key('revoked', lane)
  credential = every_credential .. ':' .. credential
  local answer_key = key('key', lane .. ':' .. idempotency_key)
  -- Nearly every job is new, and one command finds that out.
  local may_exist =
    redis.call('EXISTS', every_credential, credential, answer_key, key('job', id)) > 0
  if may_exist and reserve == '' and redis.call('EXISTS', every_credential, credential) > 0 then
    return 'revoked', '', 0, 0, 0, 0, ''
  end
  if may_exist and idempotency_key ~= '' then
    local earlier = redis.call('GET', answer_key)
    if earlier then
      -- Earlier versions stored neither number nor head.
      local first_fingerprint, status, first_id, at, position, number, head =
        string.match(earlier, '^(%S*) (%S+) (%S*) (%S+) (%d+) ?(%d*) ?(%S*)$')
      if first_fingerprint ~= fingerprint then return 'mismatch', '', 0, 0, 0, 0, '' end
      return status, first_id, tonumber(at) or at, tonumber(position), 1, tonumber(number) or 0, head
    end
  end

  local created_at, is_replacement = false, false
  if may_exist then
    local state, origin
    created_at, state, origin =
      unpack(redis.call('HMGET', key('job', id), 'created_at', 'status', 'origin'))
    is_replacement = created_at and created_at == replaces and origin == lane
      and (state == 'finished' or state == 'failed')
  end
  local max_length = reserve == '' and max_lane_length or max_lane_length + reserve
  local rates = rates_of(lane, release, reserve, sender)
  local is_counted = gate ~= '' and is_logged and reserve == '' and not is_replacement
  local status, answer_id, at, position, number = refusal(lane, id, not is_replacement and created_at,
    gate, version, deduplication_key, max_length, rates, is_counted)
  local at_text = at
  local head = status == 'group_limited' and gate_rates[gate] or ''
  number = number or 0
  if not status then
    status, answer_id, at, at_text = 'accepted', id, now_ms, now_text
    if is_replacement then
      redis.call('ZREM', key('finished', lane), id)
      redis.call('ZREM', key('failed', lane), id)
      redis.call('ZREM', key('dead', kind), id)
      redis.call('DEL', key('job', id), key('results', id))
    end
    position = enqueue(kind, lane, id, data, meta, description, timeout)
    if gate ~= '' and is_logged and not is_replacement then
      local log = 'accepted:' .. gate
      local length = redis.call('RPUSH', key('log', log), id)
      if length == 1 then redis.call('SADD', prefix .. ':logs', log) end
      local trimmed, published =
        unpack(redis.call('HMGET', prefix .. ':log_offsets', log, 'head:' .. log))
      number, head = (trimmed or 0) + length, published or ''
    end
    if is_counted then count_for_group(lane, gate) end
    for _, rate in ipairs(rates) do
      local times, count, window = unpack(rate)
      if redis.call('RPUSH', times, now_text) > tonumber(count) then redis.call('LPOP', times) end
      redis.call('PEXPIRE', times, window)
    end
    if release ~= '' then release_key(lane, release) end
    if deduplication_key ~= '' then
      local keys_of_lane = key('once', lane)
      local value = id .. ' ' .. now_text .. ' ' .. position .. string.format(' %.0f', number)
      redis.call('HSET', keys_of_lane, deduplication_key, value)
      redis.call('EXPIRE', keys_of_lane, deduplication_ttl)
    end
  elseif type(at) == 'number' then
    at_text = string.format('%.0f', at)
  end

  if idempotency_key ~= '' and status ~= 'unknown' and status ~= 'full' and status ~= 'limited'
    and status ~= 'group_limited' and status ~= 'changed' and status ~= 'paused' then
    redis.call('SET', answer_key, fingerprint .. ' ' .. status .. ' ' .. answer_id .. ' ' .. at_text
      .. ' ' .. position .. string.format(' %.0f ', number) .. head, 'EX', idempotency_ttl)
    -- The oldest key beyond the maximum is forgotten.
    local newest = key('keys', lane)
    if redis.call('RPUSH', newest, idempotency_key) > tonumber(max_idempotency_keys) then
      redis.call('DEL', key('key', lane .. ':' .. redis.call('LPOP', newest)))
    end
    redis.call('EXPIRE', newest, idempotency_ttl)
  end
  return status, answer_id, at, position, 0, number, head
end

local can_wake = false
-- A repeated request for a lane that still waits: the caller that had to wake a drain may have died.
local is_drain_missing = false

local reply = {0}
for first = 12, #ARGV, 16 do
  local status, id, at, position, replayed, number, head =
    answer(unpack(ARGV, first, first + 15))
  local n = #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4], reply[n + 5], reply[n + 6], reply[n + 7] =
    status, id, at, position, replayed, number, head
  local is_repeat = replayed == 1 or status == 'repeat' or status == 'known'
  can_wake = can_wake or status == 'accepted' or status == 'full' or status == 'repeat'
    or status == 'known'
  is_drain_missing = is_drain_missing
    or is_repeat and redis.call('ZSCORE', KEYS[1], ARGV[first]) ~= false
end

local timeouts = read_timeouts(ARGV[6])
local running = running_drains(kind, timeouts)
if can_wake and running < tonumber(ARGV[4])
  and (is_drain_missing or running < useful_drains(kind, tonumber(ARGV[5]), timeouts))
  and not is_paused('drains', kind) then
  reply[1] = register_drain(kind, ARGV[3], timeouts)
end
return reply
