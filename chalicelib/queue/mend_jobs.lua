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
-- stays where its status says. "Elsewhere" is what RQ's own worker or tools hold: it is theirs.

local ring, leases, delayed = KEYS[1], key('leases', kind), key('delayed', kind)
local result_ttl, dead_ttl = tonumber(ARGV[3]), tonumber(ARGV[4])
local count = {waiting = 0, leased = 0, delayed = 0, dead = 0, done = 0, elsewhere = 0}
local lost, doubled, armed = 0, 0, 0
local theirs = {started = true, deferred = true, scheduled = true, stopped = true, canceled = true}

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
    -- RQ's worker moves a job here between taking it and saying so in its status.
    local taken = places == 0 and redis.call('LPOS', queue .. ':intermediate', id)
    if places == 0 and not taken and not theirs[status] then
      lost = lost + 1
      if status == 'finished' then
        redis.call('ZADD', finished, time[1] + result_ttl, id)
        done = true
      elseif status == 'failed' then
        redis.call('ZADD', failed, time[1] + dead_ttl, id)
        redis.call('ZADD', key('dead', kind), now_ms, id)
        dead = true
      else
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
