-- gate: sets when a gate closes, unless a newer change was made before. One round trip.
--
-- ARGV[3]  follow or narrow      ARGV[4]  gate
-- ARGV[5]  when it closes: ms, '0' for never, or '-<ms>' if it was closed at that time
-- ARGV[6]  fence: a number that grows with each change of what the gate stands for
-- ARGV[7]  version of its subject that jobs must be based on, or ''
-- ARGV[8]  rate of its group: "<count>/<ms>:<group>", how many jobs of one lane all gates of the group
--          accept together, or ''
--
--   follow  writes the value, unless a change with a greater fence was made.
--   narrow  announces a change: it keeps the earlier of both values and the greater of both fences,
--           and the version and the rate as they are.
--
-- Returns whether anything was written (0 or 1).
--
-- Invariants:
--   * `narrow` never lets a gate accept more than before. A gate that does not exist stays so, unless
--     it is closed.
--   * After `narrow`, no `follow` with a smaller fence has an effect, however late it arrives.

local mode, gate, value, fence = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local gates, fences = prefix .. ':gates', prefix .. ':gate_fences'
local versions, rates = prefix .. ':gate_versions', prefix .. ':gate_rates'
local present, present_fence = redis.call('HGET', gates, gate), redis.call('HGET', fences, gate)
local present_version = redis.call('HGET', versions, gate) or ''
local present_rate = redis.call('HGET', rates, gate) or ''
local version = mode == 'follow' and ARGV[7] or present_version
local rate = mode == 'follow' and ARGV[8] or present_rate
local newest = tonumber(present_fence or '0')

local function closing_time(text) return text == '0' and math.huge or tonumber(text) end

if mode == 'follow' then
  if fence < newest then return 0 end
else
  if not present and closing_time(value) > now_ms then return 0 end
  if present and closing_time(present) <= closing_time(value) then value = present end
  fence = math.max(fence, newest)
end
local fence_text = string.format('%.0f', fence)
if value == present and fence_text == present_fence and version == present_version
  and rate == present_rate then
  return 0
end
redis.call('HSET', gates, gate, value)
redis.call('HSET', fences, gate, fence_text)
-- Empty values are not stored.
for hash, text in pairs({[versions] = version, [rates] = rate}) do
  if text == '' then
    redis.call('HDEL', hash, gate)
  else
    redis.call('HSET', hash, gate, text)
  end
end
return 1
