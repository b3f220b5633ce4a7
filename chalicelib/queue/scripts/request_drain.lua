-- request_drain: registers a drain if the ready lanes need one. One round trip.
--
-- ARGV[3]  id of the drain       ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain       ARGV[6]  start timeout of a drain (ms)
--
-- Returns whether the drain was registered (0 or 1).

return register_useful_drain(kind, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]))
