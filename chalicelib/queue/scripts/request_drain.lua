-- request_drain: registers a drain if the ready lanes need one. One round trip.
--
-- ARGV[3]  id of the drain       ARGV[4]  maximum of drains
-- ARGV[5]  lanes per drain       ARGV[6]  timeouts (see prelude.lua)
--
-- Returns whether the drain was registered (0 or 1).

return register_useful_drain(kind, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), read_timeouts(ARGV[6]))
