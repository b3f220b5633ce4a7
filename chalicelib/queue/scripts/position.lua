-- position: where waiting jobs of one lane are, how many are served before each, and about when. One
-- round trip.
--
-- ARGV[3]  jobs of a claim  ARGV[4]  jobs of a lane in a claim while others are ready
-- ARGV[5]  drain id to register if one is wanted     ARGV[6]  most drains
-- ARGV[7]  lanes per drain  ARGV[8]  grace for a drain to start (ms)
-- ARGV[9] and on: job ids; those of another lane than the first one's are taken for unknown
--
-- Returns {drain wanted (0 or 1), then for each job: place, position in its lane (from 1), jobs served
-- before it, ms until then (-1 if nothing was measured yet)} with place
--   waiting, leased, delayed   where its lane is; leased jobs are being worked on or next to be
--   none                       it is in no lane: done, dead or unknown
--
-- The number before it is found by serving the waiting lanes in thought, as claim does, as long as
-- that takes no more than some thousand steps; from there on, and with more than 200 lanes, it is an
-- estimate. It holds for now: lanes that come later have their turns too. Nothing but a drain's
-- registration is written: whoever looks at a job that waits while no drain runs has one woken.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local batch, quantum = tonumber(ARGV[3]), tonumber(ARGV[4])
local sample, most_steps, first_job = 200, 3000, 9

-- The jobs that are found in the lane, as the numbers of those that stand before each there.
local lane, found, reply = nil, {}, {0}
for i = first_job, #ARGV do
  local id, n = ARGV[i], #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4] = 'none', 0, 0, -1
  local origin = redis.call('HGET', key('job', id), 'origin')
  if origin and kind_of(origin) == kind and (not lane or origin == lane) then
    lane = origin
    local before = redis.call('LPOS', key('queue', lane), id)
    if before then found[#found + 1] = {before = before, at = n} end
  end
end
if #found == 0 then return reply end
table.sort(found, function(one, other) return one.before < other.before end)

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

-- What is served before each of the jobs, lanes taking turns as in claim.
local function in_thought()
  local served, steps, head, tail = 0, 0, 1, #waiting
  -- Whose turn is to be found next, and how many of its own lane had theirs.
  local next_one, gone = 1, 0
  local function own() return found[next_one].before - gone end
  local function is_after(others)
    found[next_one].ahead = others + own()
    next_one = next_one + 1
  end
  while steps < most_steps do
    local ready = tail - head + 1
    if ready == 1 then
      while found[next_one] do is_after(served) end
      return
    end
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
        while found[next_one] and own() < taken do is_after(served) end
        if not found[next_one] then return end
        gone = gone + taken
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
  while found[next_one] do
    local others = served
    for i = head, tail do
      if waiting[i] ~= mine then others = others + math.min(waiting[i].jobs, own()) end
    end
    is_after(others)
  end
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

if lanes_waiting > sample then
  for _, job in ipairs(found) do job.ahead = by_sample(job.before) end
else
  -- A leased or delayed lane comes in at the end.
  if not rank then waiting[#waiting + 1] = mine end
  in_thought()
end

local running = running_drains(kind)
local pace = tonumber(redis.call('GET', key('pace', kind)) or -1)
for _, job in ipairs(found) do
  local ahead, until_ms = job.ahead, -1
  if place == 'leased' and job.before < quantum then ahead = job.before end
  if pace >= 0 then until_ms = math.ceil(held_ms + (ahead + 1) * pace / math.max(1, running)) end
  reply[job.at + 1], reply[job.at + 2] = place, job.before + 1
  reply[job.at + 3], reply[job.at + 4] = ahead, until_ms
end

if running == 0 then
  reply[1] = want_drain(kind, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
end
return reply
