-- Gives a key a new id: the record, its archives and its description move, counters and all, and
-- the old id stays behind as an alias of the new one until the grace ends. Both then count as one.
-- Standalone Redis only: the two ids are two Cluster slots.
--
-- KEYS[1] the old record   KEYS[2] the new record
-- KEYS[3] the old about    KEYS[4] the new about    KEYS[5] mmx:index
-- KEYS[6..] ARGV[8] pairs: an old archive and its new name; behind them the records of earlier ids
--           that are still in grace, which become aliases of the new id as well
-- ARGV[1] the old id  ARGV[2] the new id  ARGV[3] now, seconds  ARGV[4] end of the grace, seconds
-- ARGV[5] the new key's hint  ARGV[6] the new key, sealed
-- ARGV[7] the earlier ids still in grace, comma-separated, or empty  ARGV[8] archive pairs
--
-- Answers 1, or 0 when there is no such key (deleted or rotated meanwhile), -1 when the new id is
-- taken. The old record keeps its seq.<worker> fields, so that a commit repeated across the
-- rotation is still answered, never counted again; it is gone a day after the grace.

local old, new = KEYS[1], KEYS[2]
local state = redis.call('HGET', old, 'state')
if not state or state == 'rotated' then
    return 0
end
if redis.call('EXISTS', new, KEYS[4]) > 0 then
    return -1
end

local fields = redis.call('HGETALL', old)
for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 4) ~= 'seq.' then
        redis.call('HSET', new, fields[i], fields[i + 1])
        -- Up to when memories were forgotten counts for the old id's repeats, too.
        if fields[i] ~= 'forgotten' then
            redis.call('HDEL', old, fields[i])
        end
    end
end
local gone_at = tonumber(ARGV[4]) + 86400
redis.call('HSET', old, 'state', 'rotated', 'alias', ARGV[2], 'expires_at', ARGV[4])
redis.call('EXPIREAT', old, gone_at)
local archives_end = 5 + 2 * tonumber(ARGV[8])
for i = archives_end + 1, #KEYS do
    if redis.call('HGET', KEYS[i], 'state') == 'rotated' then
        redis.call('HSET', KEYS[i], 'alias', ARGV[2])
    end
end

for i = 6, archives_end, 2 do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        redis.call('RENAME', KEYS[i], KEYS[i + 1])
    end
end

redis.call('RENAME', KEYS[3], KEYS[4])
local chain = ARGV[7] == '' and ARGV[1] or ARGV[7] .. ',' .. ARGV[1]
redis.call('HSET', KEYS[4], 'hint', ARGV[5], 'sealed', ARGV[6], 'rotated_from', chain,
    'rotated_until', ARGV[4])
local created = redis.call('ZSCORE', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZADD', KEYS[5], created or ARGV[3], ARGV[2])
return 1
