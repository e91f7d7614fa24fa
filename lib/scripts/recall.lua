-- Recalls: names keys whose credit all workers are to give back, whatever they hold of it.
--
-- KEYS[1]  mmx:recalls: each id with the number of its last recall; numbers only grow, with
--          Redis' clock, so that those of a database that was emptied do not begin anew. Beside
--          them `-` with the number up to which names were forgotten
-- KEYS[2]  mmx:leases, or nothing: how long, in milliseconds, gateways go by what they heard last,
--          each with the time at which one said so
-- ARGV     ids, at most a thousand
--
-- Answers `number lease`: the last number, and the longest lease of this hour, at most what
-- mmx_credit_lease may be; 0 where nobody said one.
--
-- A number that is none, or far ahead of the clock, is not ours: after it none could be counted on,
-- and workers would hear nothing. All names go then, which workers take as a recall of everything.

local names_max = 65536
local ahead_max = 2 * 86400e6 -- a clock that was set back
local leases_max = 64 -- different ones; more are nobody's
local lease_max = 1000 -- of what stands there and is none, too

local time = redis.call('TIME')
local now = time[1] * 1e6 + time[2]
local top = redis.pcall('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local number = top.err and 0 or tonumber(top[2] or 0) or 0
if top.err then
    redis.call('DEL', KEYS[1])
elseif not (number >= 0 and number <= now + ahead_max) then
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1)
    number = 0
end
number = math.max(number, now)
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

local longest = 0
if KEYS[2] then
    local said = redis.pcall('ZREVRANGEBYSCORE', KEYS[2], '+inf', time[1] - 3600, 'LIMIT', 0,
        leases_max)
    for _, lease in ipairs(said.err and {'none'} or said) do
        local ms = tonumber(lease)
        longest = math.max(longest, ms and ms >= 0 and ms or lease_max)
    end
end
return string.format('%d %d', number, math.min(longest, lease_max))
