-- position: returns the positions of waiting jobs of one lane, how many jobs are served before each,
-- and the expected waiting times. One round trip.
--
-- ARGV[3]  maximum of jobs in a claim  ARGV[4]  maximum of one lane in a claim while others are ready
-- ARGV[5]  id of the drain to register if one is needed  ARGV[6]  maximum of drains
-- ARGV[7]  lanes per drain             ARGV[8]  timeouts (see prelude.lua)
-- ARGV[9] and on: job ids; those of another lane than the first one's count as unknown
--
-- Returns {drain registered (0 or 1), then for each job: state, position in its lane (from 1), jobs
-- served before it, ms until then (-1 if nothing was measured)}. State is one of
--   waiting, leased, delayed   the state of the lane; the first jobs of a leased lane are being handled
--   none                       the job is in no lane: it is done, dead or unknown
--
-- Redis serves nobody else while a script runs, so this script reads at most 200 lanes:
--   * With up to 200 ready lanes the number of jobs served before is exact. It is found by a simulation
--     of the claims, which stops after some thousand steps; the rest is then estimated.
--   * With more ready lanes it is estimated from the lengths of 200 lanes at most, taken at even
--     distances in the ring: one half before the lane, the other half behind it.
-- The number is correct for the present jobs; lanes that become ready later get turns, too. Nothing is
-- written, except that a drain is registered if a job waits and no drain runs.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local batch_size, jobs_per_lane = tonumber(ARGV[3]), tonumber(ARGV[4])
local max_lanes, max_steps, first_job = 200, 3000, 9
local timeouts = read_timeouts(ARGV[8])

-- Find the jobs in their lane.
local lane, jobs, reply = nil, {}, {0}
for i = first_job, #ARGV do
  local id, n = ARGV[i], #reply
  reply[n + 1], reply[n + 2], reply[n + 3], reply[n + 4] = 'none', 0, 0, -1
  local origin = redis.call('HGET', key('job', id), 'origin')
  if origin and kind_of(origin) == kind and (not lane or origin == lane) then
    lane = origin
    local index = redis.call('LPOS', key('queue', lane), id)
    if index then jobs[#jobs + 1] = {index = index, reply_at = n} end
  end
end
if #jobs == 0 then return reply end
table.sort(jobs, function(one, other) return one.index < other.index end)

local state, delay_ms = 'waiting', 0
local rank = redis.call('ZRANK', ring, lane)
if not rank then
  state = redis.call('ZSCORE', leases, lane) and 'leased' or 'delayed'
  local due_ms = state == 'delayed' and redis.call('ZSCORE', delayed, lane)
  if due_ms and tonumber(due_ms) <= last_valid(timeouts.delay) then
    delay_ms = math.max(0, due_ms - now_ms)
  end
end
local ready_lanes = redis.call('ZCARD', ring)

local function length_of(name) return redis.call('LLEN', key('queue', name)) end

-- Sets `ahead` of each job by a simulation of the claims, lane by lane.
local function simulate()
  local own = {length = length_of(lane)}
  local turns = {}
  for i, name in ipairs(redis.call('ZRANGE', ring, 0, -1)) do
    turns[i] = name == lane and own or {length = length_of(name)}
  end
  -- A leased or delayed lane joins at the end of the ring.
  if not rank then turns[#turns + 1] = own end

  local served, steps, head, tail = 0, 0, 1, #turns
  -- The first job that is not found yet, and how many jobs of its lane were served.
  local next_job, own_served = 1, 0
  local function own_ahead() return jobs[next_job].index - own_served end
  local function set_ahead(served_of_all)
    jobs[next_job].ahead = served_of_all + own_ahead()
    next_job = next_job + 1
  end
  while steps < max_steps do
    local ready = tail - head + 1
    if ready == 1 then
      while jobs[next_job] do set_ahead(served) end
      return
    end
    local quantum = jobs_per_lane
    if ready * jobs_per_lane < batch_size then
      for i = head, tail do quantum = math.max(1, math.min(quantum, turns[i].length)) end
      steps = steps + ready
    end
    local batch_left, still_ready = batch_size, {}
    while batch_left > 0 and head <= tail do
      local turn = turns[head]
      local taken = math.min(quantum, batch_left, turn.length)
      if turn == own then
        while jobs[next_job] and own_ahead() < taken do set_ahead(served) end
        if not jobs[next_job] then return end
        own_served = own_served + taken
      end
      served, batch_left, turn.length = served + taken, batch_left - taken, turn.length - taken
      if turn.length > 0 then still_ready[#still_ready + 1] = turn end
      head, steps = head + 1, steps + 1
    end
    for _, turn in ipairs(still_ready) do
      tail = tail + 1
      turns[tail] = turn
    end
  end
  -- Too many steps: assume that each other lane serves as many jobs as this one, if it has them.
  while jobs[next_job] do
    local served_of_all = served
    for i = head, tail do
      if turns[i] ~= own then
        served_of_all = served_of_all + math.min(turns[i].length, own_ahead())
      end
    end
    set_ahead(served_of_all)
  end
end

-- Returns the lengths of `count` lanes from a rank on, or of `max_count` of them at even distances.
local function sample(first_rank, count, max_count)
  local lengths = {}
  if count <= 0 then return lengths end
  if count <= max_count then
    for i, name in ipairs(redis.call('ZRANGE', ring, first_rank, first_rank + count - 1)) do
      lengths[i] = length_of(name)
    end
    return lengths
  end
  for i = 1, max_count do
    local sample_rank = first_rank + math.floor((i - 0.5) * count / max_count)
    lengths[i] = length_of(redis.call('ZRANGE', ring, sample_rank, sample_rank)[1])
  end
  return lengths
end

-- Returns how many jobs `count` lanes serve in a number of turns, from the lengths of some of them.
local function served_in(turns, lengths, count)
  if #lengths == 0 then return 0 end
  local served = 0
  for _, length in ipairs(lengths) do served = served + math.min(length, turns * jobs_per_lane) end
  return served / #lengths * count
end

-- Sets `ahead` of each job from the lengths of some lanes.
local function estimate()
  -- A leased or delayed lane joins at the end of the ring.
  local lanes_before = rank or ready_lanes
  local lanes_behind = math.max(0, ready_lanes - lanes_before - 1)
  local before = sample(0, lanes_before, max_lanes / 2)
  local behind = sample(lanes_before + 1, lanes_behind, max_lanes / 2)
  for _, job in ipairs(jobs) do
    -- The turns that its lane gets before the job's own one.
    local turns = math.floor(job.index / jobs_per_lane)
    job.ahead = math.floor(job.index + served_in(turns + 1, before, lanes_before)
      + served_in(turns, behind, lanes_behind))
  end
end

if ready_lanes > max_lanes then estimate() else simulate() end

local running = running_drains(kind, timeouts)
local ms_per_job = tonumber(redis.call('GET', key('pace', kind)) or -1)
for _, job in ipairs(jobs) do
  local ahead, wait_ms = job.ahead, -1
  if state == 'leased' and job.index < jobs_per_lane then ahead = job.index end
  if ms_per_job >= 0 then
    wait_ms = math.ceil(delay_ms + (ahead + 1) * ms_per_job / math.max(1, running))
  end
  reply[job.reply_at + 1], reply[job.reply_at + 2] = state, job.index + 1
  reply[job.reply_at + 3], reply[job.reply_at + 4] = ahead, wait_ms
end

if running == 0 then
  reply[1] = register_useful_drain(kind, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]),
    timeouts)
end
return reply
