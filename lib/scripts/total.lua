-- A flush of totals: what one worker's commits have added to the figures of all keys together, and
-- whose keys they were.
--
-- KEYS[1]   mmx:touched
-- KEYS[2]   mmx:worker:<id>, which remembers this worker's last flush
-- KEYS[3..] mmx:total:<date>, one for each date
-- ARGV[1]   sequence: 16 digits, microseconds of Redis' clock, growing from flush to flush
-- ARGV[2]   now, seconds since 1970
-- ARGV[3]   retention of totals, seconds
-- ARGV[4..] eight values for each date: what to add to its requests, refunds, denied, failed,
--           prompt_tokens, completion_tokens, cached_tokens, unmetered
-- and then  how many tallies, and five values for each: which of KEYS, its name, what to add, when
--           first and when last, seconds since 1970 or 0; kept as `<name>`, `<name>:first` and
--           `<name>:last`
-- and then  the ids of the keys; behind an id `+5:2:<sequence>` where 5 of its credit were spent, and
--           are out no more, by a worker whose last loan was the second: whoever reads the record then
--           sees what was admitted, and not what was lent; see commit.lua, ARGV[10]
--
-- Answers `sequence status`. 0: counted, now or when it came first. 1: it came too late to know
-- whether it was counted before, and was not counted now.
--
-- Everything is read and checked before the first write, since Lua does not roll back; the first
-- write is the one command that an older list of the gateway's rights has not.

local memory_seconds = 86400 -- how long a worker may be cut off with a flush under way
local unpack_max = 1000      -- ids in one SADD: Lua's stack holds no more than 8000

local figures = {'requests', 'refunds', 'denied', 'failed', 'prompt_tokens', 'completion_tokens',
    'cached_tokens', 'unmetered'}
local touched, memory, sequence = KEYS[1], KEYS[2], ARGV[1]

local last = redis.call('HGET', memory, 'flushed')
if last and last >= sequence then
    return sequence .. (last == sequence and ' 0' or ' 1')
end
if not last and tonumber(sequence) < (tonumber(ARGV[2]) - memory_seconds) * 1e6 then
    return sequence .. ' 1'
end

-- Never below nothing: what a lost database forgot must not become credit.
local changes, at = {}, 4
for i = 3, #KEYS do
    local values = redis.call('HMGET', KEYS[i], unpack(figures))
    for j, figure in ipairs(figures) do
        local delta = tonumber(ARGV[at])
        if delta ~= 0 then
            local sum = math.max((values[j] or 0) + delta, 0)
            changes[#changes + 1] = {KEYS[i], figure, string.format('%d', sum)}
        end
        at = at + 1
    end
end

local tallies = tonumber(ARGV[at])
for i = at + 1, at + 5 * tallies, 5 do
    local name, field = KEYS[tonumber(ARGV[i])], ARGV[i + 1]
    local first, last = tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
    local kept = redis.call('HMGET', name, field, field .. ':first', field .. ':last')
    changes[#changes + 1] = {name, field,
        string.format('%d', (kept[1] or 0) + tonumber(ARGV[i + 2]))}
    if first > 0 then
        changes[#changes + 1] = {name, field .. ':first',
            string.format('%d', math.min(kept[2] or first, first))}
        changes[#changes + 1] = {name, field .. ':last',
            string.format('%d', math.max(kept[3] or last, last))}
    end
end
at = at + 1 + 5 * tallies

local ids, out = {}, {}
local its_memory = 'seq.' .. string.sub(memory, #'mmx:worker:' + 1)
for i = at, #ARGV do
    if string.sub(ARGV[i], 1, 1) ~= '+' then
        ids[#ids + 1] = ARGV[i]
    else
        local record = 'mmx:{' .. ids[#ids] .. '}'
        local kept = redis.call('HMGET', record, 'credit', 'state', 'alias', its_memory)
        if kept[2] == 'rotated' and kept[3] then
            record = 'mmx:{' .. kept[3] .. '}' -- it took the credit along
            kept[1] = redis.call('HGET', record, 'credit')
        end
        local credit = out[record] or kept[1] or ''
        local left, loan, floor = string.match(credit, '^(%d+) (%d+) (%d+)$')
        local spent, its_loan, since = string.match(ARGV[i], '^%+(%d+):(%d+):(%d+)$')
        local charged = since == '0' or string.sub(kept[4] or '', 1, 16) >= since
        if left and charged and its_loan + 0 > floor + 0 and left + 0 <= 2 ^ 53 then
            out[record] = string.format('%d %s %s', math.max(left - spent, 0), loan, floor)
        end
    end
end
for record, credit in pairs(out) do
    changes[#changes + 1] = {record, 'credit', credit}
end

for i = 1, #ids, unpack_max do
    redis.call('SADD', touched, unpack(ids, i, math.min(i + unpack_max - 1, #ids)))
end
redis.call('HSET', memory, 'flushed', sequence)
redis.call('EXPIRE', memory, memory_seconds)
for _, change in ipairs(changes) do
    redis.call('HSET', change[1], change[2], change[3])
end
for i = 3, #KEYS do
    redis.call('EXPIRE', KEYS[i], ARGV[3])
end
return sequence .. ' 0'
