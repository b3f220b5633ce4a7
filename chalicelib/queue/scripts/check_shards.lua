-- Shared by scripts about the lane of one owner, before any of their steps.
--
-- ARGV[3]  number of shards that the caller knows, or ''
--
-- Returns the error SHARDS if the shard is one of another number of shards: the lane of the owner may
-- be in another shard.

local shards = redis.call('HGET', prefix .. ':shard', 'shards')
if shards and ARGV[3] ~= '' and shards ~= ARGV[3] then
  return redis.error_reply('SHARDS the queue has ' .. shards .. ' shards, not ' .. ARGV[3])
end
