-- position: where a waiting job is, how many are served before it, and about when. One round trip.
--
-- ARGV[3]  job id
-- ARGV[4]  jobs of a claim  ARGV[5]  jobs of a lane in a claim while others are ready
-- ARGV[6]  drain id to register if one is wanted     ARGV[7]  most drains
-- ARGV[8]  lanes per drain  ARGV[9]  grace for a drain to start (ms)
--
-- Returns {place, position in its lane (from 1), jobs served before it, ms until then (-1 if nothing
-- was measured yet), drain wanted (0 or 1)} with place
--   waiting, leased, delayed   where its lane is; leased jobs are being worked on or next to be
--   none                       it is in no lane: done, dead or unknown
--
-- The number before it is found by serving the waiting lanes in thought, as claim does, as long as
-- that takes no more than some thousand steps; from there on, and with more than 200 lanes, it is an
-- estimate. It holds for now: lanes that come later have their turns too. Nothing but a drain's
-- registration is written: whoever looks at a job that waits while no drain runs has one woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local id, batch, quantum = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local sample, most_steps = 200, 3000

local lane = redis.call('HGET', key('job', id), 'origin')
if not lane or kind_of(lane) ~= kind then return {'none', 0, 0, -1, 0} end
local before = redis.call('LPOS', key('queue', lane), id)
if not before then return {'none', 0, 0, -1, 0} end

local place, held_ms = 'waiting', 0
local rank = redis.call('ZRANK', ring, lane)
if not rank then
  place = redis.call('ZSCORE', leases, lane) and 'leased' or 'delayed'
  local due = place == 'delayed' and redis.call('ZSCORE', delayed, lane)
  if due then held_ms = math.max(0, due - now_ms) end
end

-- The lanes in the order of their turns, each as the number of its jobs; its own is marked.
local waiting, mine = {}, {jobs = redis.call('LLEN', key('queue', lane))}
for i, other in ipairs(redis.call('ZRANGE', ring, 0, sample - 1)) do
  waiting[i] = other == lane and mine or {jobs = redis.call('LLEN', key('queue', other))}
end
local lanes_waiting = redis.call('ZCARD', ring)

-- What is served before `own` further jobs of its own lane were, lanes taking turns as in claim.
local function in_thought(own)
  local served, steps, head, tail = 0, 0, 1, #waiting
  while steps < most_steps do
    local ready = tail - head + 1
    if ready == 1 then return served + own end
    local turn = quantum
    if ready * quantum < batch then
      for i = head, tail do turn = math.max(1, math.min(turn, waiting[i].jobs)) end
      steps = steps + ready
    end
    local left, again = batch, {}
    while left > 0 and head <= tail do
      local other = waiting[head]
      local taken = math.min(turn, left, other.jobs)
      if other == mine then
        if own < taken then return served + own end
        own = own - taken
      end
      served, left, other.jobs = served + taken, left - taken, other.jobs - taken
      if other.jobs > 0 then again[#again + 1] = other end
      head, steps = head + 1, steps + 1
    end
    for _, other in ipairs(again) do
      tail = tail + 1
      waiting[tail] = other
    end
  end
  -- Too long a way: as many of each other lane as of its own, as far as they have them.
  for i = head, tail do
    if waiting[i] ~= mine then served = served + math.min(waiting[i].jobs, own) end
  end
  return served + own
end

-- From the average of the lanes that were looked at.
local function by_sample(own)
  local turns = math.floor(own / quantum)
  local one, all = 0, 0
  for _, other in ipairs(waiting) do
    one = one + math.min(other.jobs, quantum)
    all = all + math.min(other.jobs, turns * quantum)
  end
  return math.floor(own + one / #waiting * (rank or lanes_waiting) + all / #waiting * lanes_waiting)
end

local ahead = before
if place == 'leased' and before < quantum then
  ahead = before
elseif lanes_waiting > sample then
  ahead = by_sample(before)
else
  -- A leased or delayed lane comes in at the end.
  if not rank then waiting[#waiting + 1] = mine end
  ahead = in_thought(before)
end

local running = running_drains(kind)
local pace = tonumber(redis.call('GET', key('pace', kind)) or -1)
local until_ms = -1
if pace >= 0 then until_ms = math.ceil(held_ms + (ahead + 1) * pace / math.max(1, running)) end

local wanted = 0
if running == 0 then
  wanted = want_drain(kind, ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]))
end
return {place, before + 1, ahead, until_ms, wanted}
