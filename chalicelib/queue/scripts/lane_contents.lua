-- lane: what one lane has that is not done. One round trip, and one moment: a job that dies, or is
-- redriven, meanwhile is in one of the two.
--
-- ARGV[3]  lane
--
-- Returns {ids of its jobs, oldest first; ids of its dead letters, those first that are forgotten
-- first}. Nothing is written.

return {redis.call('LRANGE', key('queue', ARGV[3]), 0, -1), redis.call('ZRANGE', key('failed', ARGV[3]), 0, -1)}
