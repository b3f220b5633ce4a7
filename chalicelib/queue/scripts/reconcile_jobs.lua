-- reconcile_jobs: checks that each job is in exactly one location, and repairs those that are not. One
-- round trip for up to 200 jobs.
--
-- ARGV[3]  time to live of results (s)     ARGV[4]  time to live of dead letters (s)
-- ARGV[5] and on: job ids
--
-- Returns {jobs of this kind that are waiting (their lane is in the ring), leased, delayed, dead, done,
-- elsewhere; jobs found in no location, jobs found in two, lanes that were in no place}. Jobs of other
-- kinds are ignored.
--
-- The locations are the list of the lane, its registry of dead letters and its registry of finished
-- jobs. A job in none of them returns to the end of its lane, or to the registry that its status names.
-- A job in two of them stays where its status says. "Elsewhere" are jobs that RQ's own worker or tools
-- hold, while they live. RQ's registry of started jobs has a started job with a time in the future,
-- which a live worker keeps moving. A job that a worker took and has not started belongs to the worker
-- for a minute after it was first seen: that is RQ's own rule, and it uses RQ's own key.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local result_ttl, dead_letter_ttl = tonumber(ARGV[3]), tonumber(ARGV[4])
local count = {waiting = 0, leased = 0, delayed = 0, dead = 0, done = 0, elsewhere = 0}
local lost, duplicated, unscheduled = 0, 0, 0
local is_status_of_rq = {deferred = true, scheduled = true, stopped = true, canceled = true}
local start_timeout_s = 60

-- Returns whether a live RQ worker runs a started job. The entries of the registry are
-- "<job id>:<execution id>", or the id alone.
local function is_running(lane, id)
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

-- Returns whether an RQ worker has just taken a job. RQ's worker moves a job to the intermediate list
-- before it starts the job.
local function is_starting(queue, id)
  local intermediate = queue .. ':intermediate'
  if not redis.call('LPOS', intermediate, id) then return false end
  local first_seen = intermediate .. ':first_seen:' .. id
  redis.call('SET', first_seen, time[1], 'NX', 'EX', 86400)
  local seconds = time[1] - redis.call('GET', first_seen)
  -- It is negative if the clock was set back.
  if seconds >= 0 and seconds <= start_timeout_s then return true end
  redis.call('LREM', intermediate, 0, id)
  redis.call('DEL', first_seen)
  return false
end

local function is_held_by_rq(lane, status, id)
  if status == 'started' then return is_running(lane, id) end
  return is_status_of_rq[status] or is_starting(key('queue', lane), id)
end

for i = 5, #ARGV do
  local id = ARGV[i]
  local job = key('job', id)
  local lane, status = unpack(redis.call('HMGET', job, 'origin', 'status'))
  if lane and kind_of(lane) == kind then
    local queue, finished, failed = key('queue', lane), key('finished', lane), key('failed', lane)
    local is_queued = redis.call('LPOS', queue, id)
    local is_done = redis.call('ZSCORE', finished, id)
    local is_dead = redis.call('ZSCORE', failed, id)
    local locations = (is_queued and 1 or 0) + (is_done and 1 or 0) + (is_dead and 1 or 0)
    if locations == 0 and not is_held_by_rq(lane, status, id) then
      lost = lost + 1
      if status == 'finished' then
        redis.call('ZADD', finished, time[1] + result_ttl, id)
        is_done = true
      elseif status == 'failed' then
        redis.call('ZADD', failed, time[1] + dead_letter_ttl, id)
        redis.call('ZADD', key('dead', kind), now_ms, id)
        is_dead = true
      else
        redis.call('HSET', job, 'status', 'queued', 'enqueued_at', rq_time())
        redis.call('PERSIST', job)
        append(kind, lane, id)
        is_queued = true
      end
    elseif locations > 1 then
      duplicated = duplicated + 1
      if status == 'finished' or status == 'failed' then
        redis.call('LREM', queue, 0, id)
        is_queued = false
        if is_done and is_dead then
          redis.call('ZREM', status == 'finished' and failed or finished, id)
          is_done, is_dead = status == 'finished', status == 'failed'
        end
      else
        redis.call('ZREM', finished, id)
        redis.call('ZREM', failed, id)
        is_done, is_dead = false, false
      end
    end
    -- The set of dead letters of the kind follows the registries of its lanes.
    if is_dead then
      redis.call('ZADD', key('dead', kind), 'NX', now_ms, id)
    else
      redis.call('ZREM', key('dead', kind), id)
    end
    local location = 'elsewhere'
    if is_queued then
      location = redis.call('ZSCORE', leases, lane) and 'leased'
        or redis.call('ZSCORE', delayed, lane) and 'delayed' or 'waiting'
      if location == 'waiting' and not redis.call('ZSCORE', ring, lane) then
        -- A lane that is not in RQ's set of queues either, so reconcile_lanes did not see it.
        redis.call('SADD', prefix .. ':queues', queue)
        add_to_ring(kind, {lane})
        unscheduled = unscheduled + 1
      end
    elseif is_done then
      location = 'done'
    elseif is_dead then
      location = 'dead'
    end
    count[location] = count[location] + 1
  end
end
return {count.waiting, count.leased, count.delayed, count.dead, count.done, count.elsewhere, lost,
  duplicated, unscheduled}
