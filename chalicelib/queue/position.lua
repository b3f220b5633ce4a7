-- position: where a waiting job is, how many are served before it, and about when. One round trip.
--
-- ARGV[3]  job id           ARGV[4]  jobs of a lane while others are ready
-- ARGV[5]  drain id to register if one is wanted     ARGV[6]  most drains
-- ARGV[7]  lanes per drain  ARGV[8]  grace for a drain to start (ms)
--
-- Returns {place, position in its lane (from 1), jobs served before it, ms until then (-1 if nothing
-- was measured yet), drain wanted (0 or 1)} with place
--   waiting, leased, delayed   where its lane is; leased jobs are being worked on or next to be
--   none                       it is in no lane: done, dead or unknown
--
-- The number before it is exact while at most 200 lanes wait, and from a sample of them otherwise.
-- It holds for now: lanes that come later have their turn too. Nothing but a drain's registration is
-- written: whoever looks at a job that waits while no drain runs has one woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local id, quantum = ARGV[3], tonumber(ARGV[4])

local lane = redis.call('HGET', key('job', id), 'origin')
if not lane or kind_of(lane) ~= kind then return {'none', 0, 0, -1, 0} end
local before = redis.call('LPOS', key('queue', lane), id)
if not before then return {'none', 0, 0, -1, 0} end

local place, held_ms = 'waiting', 0
local rank = redis.call('ZRANK', ring, lane)
local lanes_waiting = redis.call('ZCARD', ring)
if not rank then
  place = redis.call('ZSCORE', leases, lane) and 'leased' or 'delayed'
  if place == 'delayed' then
    held_ms = math.max(0, (redis.call('ZSCORE', delayed, lane) or now_ms) - now_ms)
  end
end

-- The turn of its lane, counted from 1, in which it is served. Lanes before its own in the ring are
-- served once more than those behind it.
local turn = math.floor(before / quantum) + 1
local ahead = before
local sample = 200
local lanes = redis.call('ZRANGE', ring, 0, sample - 1)
local total = 0
for i, other in ipairs(lanes) do
  if other ~= lane then
    local turns = (rank and i - 1 < rank) and turn or turn - 1
    if turns > 0 then
      total = total + math.min(redis.call('LLEN', key('queue', other)), turns * quantum)
    end
  end
end
if place == 'leased' then
  -- Its own turn is now: only what comes after counts the others.
  if turn == 1 then total = 0 end
elseif lanes_waiting > #lanes and #lanes > 0 then
  local counted = math.min(rank or #lanes, #lanes)
  if turn > 1 then counted = #lanes end
  local of = turn > 1 and lanes_waiting or (rank or lanes_waiting)
  if counted > 0 then total = total / counted * of end
end
ahead = math.floor(ahead + total)

local running = running_drains(kind)
local pace = tonumber(redis.call('GET', key('pace', kind)) or -1)
local until_ms = -1
if pace >= 0 then until_ms = math.ceil(held_ms + (ahead + 1) * pace / math.max(1, running)) end

local wanted = 0
if running == 0 then
  wanted = want_drain(kind, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
end
return {place, before + 1, ahead, until_ms, wanted}
