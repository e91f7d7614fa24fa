-- What throttle.hpp counts of one address, account or share, in a hash that expires by itself:
-- `failures`, `free_at` (milliseconds since 1970, when the next attempt may come), `untold` failures
-- and `told_at` (seconds since 1970, of the last audit entry about them).
--
-- KEYS[1] the hash   ARGV[1] the step   ARGV[2] attempts before the first delay
-- ARGV[3] longest delay, seconds   ARGV[4] seconds to remember   ARGV[5] seconds between entries
-- Of an address: KEYS[2] a zset of the hashes that there are, by when they end   ARGV[6] its bound
-- KEYS[3] where failures of the addresses beyond it are told from; their attempts are not counted
--
-- attempt    answers 0 and counts, or the milliseconds that are left to wait
-- take back  as if the attempt had not been made
-- fail       answers the failures that the audit trail should be told now, or 0

local name, step = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = 0

if KEYS[2] then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', time[1])
    if redis.call('ZSCORE', KEYS[2], name) or redis.call('ZCARD', KEYS[2]) < tonumber(ARGV[6]) then
        redis.call('ZADD', KEYS[2], time[1] + ARGV[4], name)
        redis.call('EXPIRE', KEYS[2], ARGV[4])
    elseif step == 'fail' then
        name = KEYS[3]
    else
        return 0
    end
end

if step == 'attempt' then
    local values = redis.call('HMGET', name, 'failures', 'free_at')
    local left = (tonumber(values[2]) or 0) - now
    if left > 0 then
        redis.call('HINCRBY', name, 'untold', 1)
        return left
    end
    local failures = (tonumber(values[1]) or 0) + 1
    local delay = 0
    if failures >= tonumber(ARGV[2]) then
        delay = math.min(2 ^ math.min(failures - tonumber(ARGV[2]), 30), tonumber(ARGV[3]))
    end
    redis.call('HSET', name, 'failures', failures, 'free_at', string.format('%.0f', now + delay * 1000))
elseif step == 'take back' then
    if redis.call('HINCRBY', name, 'failures', -1) < 1 then
        redis.call('HDEL', name, 'failures')
    end
    redis.call('HDEL', name, 'free_at')
else
    local untold = redis.call('HINCRBY', name, 'untold', 1)
    local told_at = tonumber(redis.call('HGET', name, 'told_at') or 0)
    if now >= (told_at + tonumber(ARGV[5])) * 1000 then
        redis.call('HSET', name, 'untold', 0, 'told_at', time[1])
        answer = untold
    end
end
redis.call('EXPIRE', name, ARGV[4])
return answer
