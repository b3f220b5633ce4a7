-- accept: takes one job into its lane, or says why not. One round trip.
--
-- ARGV[3]  lane (an RQ queue name, "<kind>:<owner>")
-- ARGV[4]  job, MessagePack {id, data, meta, description, timeout}
-- ARGV[5]  gate that must be open, '' for none
-- ARGV[6]  once: what the owner may have accepted only once, '' for no such limit
-- ARGV[7]  how long (s) that is remembered
-- ARGV[8]  drain id to register if a drain is wanted     ARGV[9]   most drains
-- ARGV[10] lanes per drain                               ARGV[11]  grace for a drain to start (ms)
-- ARGV[12] the job's data
--
-- Returns {status, job id, accepted at (ms), place in the lane, drain wanted (0 or 1)} with status
--   'accepted'  the job is in its lane
--   'repeat'    this or an equal job was accepted before: its own answer, nothing was written
--   'unknown'   no such gate        'closed'  the gate's time is over
--
-- Invariants: all or nothing; the same once is never pushed twice, so a client that did not hear the
-- answer may call again. (Without a once it may be, and the job's effect must be idempotent.)

local lane, gate, once = ARGV[3], ARGV[5], ARGV[6]
local job = cmsgpack.unpack(ARGV[4])
local remembered = key('once', lane)

local function drain_wanted(impatient)
  return want_drain(kind, ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]),
    impatient)
end

if once ~= '' then
  local earlier = redis.call('HGET', remembered, once)
  if earlier then
    local id, at, position = string.match(earlier, '^(%S+) (%d+) (%d+)$')
    -- Still not served, although a drain was asked for: whoever was to wake it may have died.
    local wanted = redis.call('ZSCORE', KEYS[1], lane) and drain_wanted(true) or 0
    return {'repeat', id, tonumber(at), tonumber(position), wanted}
  end
end

if gate ~= '' then
  local closes_ms = redis.call('HGET', prefix .. ':gates', gate)
  if not closes_ms then return {'unknown', '', 0, 0, 0} end
  closes_ms = tonumber(closes_ms)
  if closes_ms ~= 0 and closes_ms <= now_ms then return {'closed', '', closes_ms, 0, 0} end
end

local length = push(kind, lane, job)
if once ~= '' then
  redis.call('HSET', remembered, once, string.format('%s %.0f %d', job.id, now_ms, length))
  redis.call('EXPIRE', remembered, ARGV[7])
end
return {'accepted', job.id, now_ms, length, drain_wanted(false)}
