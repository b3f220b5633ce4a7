-- lane_contents: returns the jobs of one lane that are not done. One round trip. Both lists are read in
-- one step, so a job that dies or is redriven meanwhile is in one of them.
--
-- ARGV[3]  lane
--
-- Returns {ids of its jobs, oldest first; ids of its dead letters, the first to expire first}. Writes
-- nothing.

return {
  redis.call('LRANGE', key('queue', ARGV[3]), 0, -1),
  redis.call('ZRANGE', key('failed', ARGV[3]), 0, -1),
}
