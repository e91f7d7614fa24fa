-- Recalls: names keys whose credit all workers are to give back, whatever they hold of it.
--
-- KEYS[1]  mmx:recalls: each id with the number of its last recall; numbers only grow, with
--          Redis' clock, so that those of a database that was emptied do not begin anew. Beside
--          them `-` with the number up to which names were forgotten
-- ARGV     ids, at most a thousand
--
-- Answers the last number.

local names_max = 65536

local time = redis.call('TIME')
local top = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local number = math.max((top[2] or 0) + 0, time[1] * 1e6 + time[2])
for _, id in ipairs(ARGV) do
    number = number + 1
    redis.call('ZADD', KEYS[1], string.format('%d', number), id)
end
local beyond = redis.call('ZCARD', KEYS[1]) - names_max
if beyond > 0 then
    local last = redis.call('ZRANGE', KEYS[1], beyond, beyond, 'WITHSCORES')
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, beyond)
    redis.call('ZADD', KEYS[1], last[2], '-')
end
return string.format('%d', number)
