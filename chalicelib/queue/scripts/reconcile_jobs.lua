-- mend_jobs: sees that each job is in exactly one place, and puts right what is not. One round trip.
--
-- ARGV[3]  how long a result is kept (s)     ARGV[4]  how long a dead letter is kept (s)
-- ARGV[5] and on: job ids
--
-- Returns {jobs of this kind that are waiting (their lane is in the ring), leased, delayed, dead,
-- done, elsewhere; jobs found in no place, jobs found in two, lanes that had no turn}. Jobs of other
-- kinds are not counted.
--
-- Places are the lane's list, its registry of dead letters and its registry of finished jobs. A job
-- in none goes back to the end of its lane, or to the registry that its status names; a job in two
-- stays where its status says. "Elsewhere" is what RQ's own worker or tools hold: it is theirs, as
-- long as they live. A started job is theirs while RQ's registry of started jobs has it with a time
-- to come, which its worker keeps pushing back. One that a worker took and has not started is theirs
-- for a minute from when it was first seen so: that is RQ's own rule, kept under RQ's own key.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local result_ttl, dead_ttl = tonumber(ARGV[3]), tonumber(ARGV[4])
local count = {waiting = 0, leased = 0, delayed = 0, dead = 0, done = 0, elsewhere = 0}
local lost, doubled, armed = 0, 0, 0
local theirs = {deferred = true, scheduled = true, stopped = true, canceled = true}
local to_start_s = 60

-- Whether a worker is at a started job. Its entries are "<job id>:<execution id>", or the id alone.
local function is_worked_on(lane, id)
  local started = key('wip', lane)
  local entries = redis.call('ZRANGE', started, 0, -1, 'WITHSCORES')
  for i = 1, #entries, 2 do
    if entries[i] == id or string.sub(entries[i], 1, #id + 1) == id .. ':' then
      if tonumber(entries[i + 1]) > tonumber(time[1]) then return true end
      redis.call('ZREM', started, entries[i])
    end
  end
  return false
end

-- Whether a worker has just taken a job: RQ's moves it here between taking and starting it.
local function is_being_taken(queue, id)
  local taken = queue .. ':intermediate'
  if not redis.call('LPOS', taken, id) then return false end
  local first_seen = taken .. ':first_seen:' .. id
  redis.call('SET', first_seen, time[1], 'NX', 'EX', 86400)
  if time[1] - redis.call('GET', first_seen) <= to_start_s then return true end
  redis.call('LREM', taken, 0, id)
  redis.call('DEL', first_seen)
  return false
end

local function is_theirs(lane, status, id)
  if status == 'started' then return is_worked_on(lane, id) end
  return theirs[status] or is_being_taken(key('queue', lane), id)
end

for i = 5, #ARGV do
  local id = ARGV[i]
  local job = key('job', id)
  local found = redis.call('HMGET', job, 'origin', 'status')
  local lane, status = found[1], found[2]
  if lane and kind_of(lane) == kind then
    local queue, finished, failed = key('queue', lane), key('finished', lane), key('failed', lane)
    local listed = redis.call('LPOS', queue, id)
    local done = redis.call('ZSCORE', finished, id)
    local dead = redis.call('ZSCORE', failed, id)
    local places = (listed and 1 or 0) + (done and 1 or 0) + (dead and 1 or 0)
    if places == 0 and not is_theirs(lane, status, id) then
      lost = lost + 1
      if status == 'finished' then
        redis.call('ZADD', finished, time[1] + result_ttl, id)
        done = true
      elseif status == 'failed' then
        redis.call('ZADD', failed, time[1] + dead_ttl, id)
        redis.call('ZADD', key('dead', kind), now_ms, id)
        dead = true
      else
        redis.call('HSET', job, 'status', 'queued', 'enqueued_at', rq_time())
        redis.call('PERSIST', job)
        append(kind, lane, id)
        listed = true
      end
    elseif places > 1 then
      doubled = doubled + 1
      if status == 'finished' or status == 'failed' then
        redis.call('LREM', queue, 0, id)
        listed = false
        if done and dead then
          redis.call('ZREM', status == 'finished' and failed or finished, id)
          done, dead = status == 'finished', status == 'failed'
        end
      else
        redis.call('ZREM', finished, id)
        redis.call('ZREM', failed, id)
        done, dead = false, false
      end
    end
    -- The list of dead letters of the kind follows the registries of its lanes.
    if dead then
      redis.call('ZADD', key('dead', kind), 'NX', now_ms, id)
    else
      redis.call('ZREM', key('dead', kind), id)
    end
    local place = 'elsewhere'
    if listed then
      place = redis.call('ZSCORE', leases, lane) and 'leased'
        or redis.call('ZSCORE', delayed, lane) and 'delayed' or 'waiting'
      if place == 'waiting' and not redis.call('ZSCORE', ring, lane) then
        -- A lane that not even RQ's set of queues knows, so that mend_lanes did not see it.
        redis.call('SADD', prefix .. ':queues', queue)
        arm(kind, {lane})
        armed = armed + 1
      end
    elseif done then
      place = 'done'
    elseif dead then
      place = 'dead'
    end
    count[place] = count[place] + 1
  end
end
return {count.waiting, count.leased, count.delayed, count.dead, count.done, count.elsewhere, lost,
  doubled, armed}
