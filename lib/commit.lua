-- A commit: everything one worker has pending on one key, in one step.
--
-- KEYS[1]   the record, mmx:{id}
-- KEYS[2..] archives, mmx:{id}:<month>, of the months this commit touches beside the live one
-- ARGV[1]   `seq.<worker>`: the field that remembers this worker's last commit
-- ARGV[2]   sequence: 16 digits, microseconds of Redis' clock, growing from commit to commit
-- ARGV[3]   today's date, `2026-11-22`
-- ARGV[4]   now, seconds since 1970
-- ARGV[5]   asked: admissions wanted, 0 to 4095
-- ARGV[6]   `1` when this commit was sent before and its reply was lost, else `0`
-- ARGV[7]   the network allow-list that the asking requests were checked against
-- ARGV[8]   which of KEYS is mmx:{id}:about, to note the time of use there, or `0`
-- ARGV[9]   retention of archives, seconds
-- ARGV[10..] settlements, nine values each: a date, and what to add to its requests, refunds,
--           denied, failed, prompt_tokens, completion_tokens, cached_tokens, unmetered
--
-- Answers {sequence, status, granted, d.requests, m.requests, day, month}; the counters stand after
-- the commit. Status 0: all granted. 1: the day's, 2: the month's limit stopped the rest.
-- 3: disabled. 4: expired. 5: no such key.
-- With a status from 6 nothing was written, and a fourth value says what the worker must know.
-- 6: the key's network list is this one. 7: the archive of this month must be among KEYS.
-- 8: since a rotation, this id counts for the key; a fifth value is 1 when the grace is over.
-- 9: a later commit of this worker has been here.
--
-- A commit that changes anything leaves `sequence` (all granted) or `sequence:granted:status` under
-- seq.<worker>, and a repeat is answered from there. Everything is read and checked before the
-- first write, since Lua does not roll back.

local record, memory, sequence, today = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local asked = tonumber(ARGV[5])

local r = redis.call('HMGET', record, 'state', 'd', 'd.requests', 'm.requests', 'day', 'month',
    'expires_at', 'networks', memory)
local state, live, last = r[1], r[2], r[9]
local day_count, month_count = tonumber(r[3] or 0), tonumber(r[4] or 0)
local day_limit, month_limit = tonumber(r[5] or 0), tonumber(r[6] or 0)

if not state then
    return {sequence, 5, 0}
end

if last and last >= sequence then
    if string.sub(last, 1, 16) ~= sequence then
        return {sequence, 9, 0, ''}
    end
    local granted, status = string.match(last, ':(%d+):(%d+)$')
    return {sequence, tonumber(status or 0), tonumber(granted or asked), day_count, month_count,
        day_limit, month_limit}
end

if state == 'rotated' then
    return {sequence, 8, 0, redis.call('HGET', record, 'alias'),
        tonumber(r[7]) <= tonumber(ARGV[4]) and 1 or 0}
end

local status, granted = 0, 0
if asked > 0 then
    if (r[8] or '') ~= ARGV[7] then
        return {sequence, 6, 0, r[8] or ''}
    end
    local expires_at = tonumber(r[7] or 0)
    if state ~= 'active' then
        status = 3
    elseif expires_at > 0 and expires_at <= tonumber(ARGV[4]) then
        status = 4
    end
end

-- Admits what the limits leave. Where both are used up the month is named: it resets later.
local function grant()
    if status ~= 0 then
        return
    end
    local day_room = day_limit > 0 and math.max(day_limit - day_count, 0) or asked
    local month_room = month_limit > 0 and math.max(month_limit - month_count, 0) or asked
    granted = math.min(asked, day_room, month_room)
    if granted < asked then
        status = month_room == granted and 2 or 1
    end
    day_count, month_count = day_count + granted, month_count + granted
end

local settles, again = #ARGV > 9, ARGV[6] == '1'

-- The usual commit, on its own so that it makes no table and no closure but grant().
if live == today and last and not settles and ARGV[8] == '0' then
    grant()
    if granted > 0 or again then
        redis.call('HSET', record, 'd.requests', day_count, 'm.requests', month_count, memory,
            status == 0 and sequence or sequence .. ':' .. granted .. ':' .. status)
    end
    return {sequence, status, granted, day_count, month_count, day_limit, month_limit}
end

-- The rest reads through `changes` and writes it out at the end.
local figures = {'requests', 'refunds', 'denied', 'failed', 'prompt_tokens', 'completion_tokens',
    'cached_tokens', 'unmetered'}
local changes, archives = {}, {}

local function read(name, field)
    local changed = changes[name] and changes[name][field]
    return changed or tonumber(redis.call('HGET', name, field) or 0)
end

local function write(name, field, value)
    changes[name] = changes[name] or {}
    changes[name][field] = value
end

local function month_of(date)
    return string.sub(date, 1, 7)
end

for i = 2, #KEYS do
    archives[string.sub(KEYS[i], -7)] = KEYS[i]
end

-- Where the figures of a date and of its month stand: live in the record, or archived.
local function places(date)
    local this_month = month_of(date) == month_of(today)
    local archive = archives[month_of(date)]
    return date == today and record or archive, date == today and 'd.' or string.sub(date, 9) .. '.',
        this_month and record or archive, 'm.'
end

local function absent(date)
    return not archives[month_of(date)] and month_of(date)
end

-- A new record has no live date yet, and nothing archived to take up.
local turn = live and live ~= today
local needs = turn and (absent(live) or absent(today))
for i = 10, #ARGV, 9 do
    needs = needs or ARGV[i] ~= today and absent(ARGV[i])
end
if needs then
    return {sequence, 7, 0, needs}
end

-- Puts the live figures under prefix away and takes up those of another day or month.
local function exchange(prefix, from_archive, from, to_archive, to)
    for _, figure in ipairs(figures) do
        write(from_archive, from .. figure, read(record, prefix .. figure))
        write(record, prefix .. figure, read(to_archive, to .. figure))
    end
end

if turn then
    local from, to = archives[month_of(live)], archives[month_of(today)]
    exchange('d.', from, string.sub(live, 9) .. '.', to, string.sub(today, 9) .. '.')
    if from ~= to then
        exchange('m.', from, 'm.', to, 'm.')
    end
end

for i = 10, #ARGV, 9 do
    local day_name, day_prefix, month_name, month_prefix = places(ARGV[i])
    for j, figure in ipairs(figures) do
        local delta = tonumber(ARGV[i + j])
        if delta ~= 0 then
            -- Never below nothing: what a lost database forgot must not become credit.
            write(day_name, day_prefix .. figure,
                math.max(read(day_name, day_prefix .. figure) + delta, 0))
            write(month_name, month_prefix .. figure,
                math.max(read(month_name, month_prefix .. figure) + delta, 0))
        end
    end
end

day_count, month_count = read(record, 'd.requests'), read(record, 'm.requests')
grant()
if granted == 0 and not settles and not again then
    return {sequence, status, 0, day_count, month_count, day_limit, month_limit}
end

-- Workers of an hour ago are gone, and so is every commit of theirs that could come again.
local forgotten = {}
if not last then
    for _, name in ipairs(redis.call('HKEYS', record)) do
        if string.sub(name, 1, 4) == 'seq.' then
            local seen = tonumber(string.sub(redis.call('HGET', record, name), 1, 16))
            if seen < tonumber(sequence) - 3600e6 then
                forgotten[#forgotten + 1] = name
            end
        end
    end
end

-- d.requests first and m.requests behind it: in a small hash Redis finds the first fields soonest.
redis.call('HSET', record, 'd', today, 'd.requests', day_count, 'm.requests', month_count,
    memory, status == 0 and sequence or sequence .. ':' .. granted .. ':' .. status,
    'm', month_of(today))
for _, name in ipairs(forgotten) do
    redis.call('HDEL', record, name)
end
for name, fields in pairs(changes) do
    for field, value in pairs(fields) do
        if name == record and (field == 'd.requests' or field == 'm.requests') then
            value = nil
        elseif value == 0 then
            redis.call('HDEL', name, field)
            value = nil
        end
        if value then
            redis.call('HSET', name, field, value)
        end
    end
    if name ~= record then
        redis.call('EXPIRE', name, ARGV[9])
    end
end
if ARGV[8] ~= '0' then
    redis.call('HSET', KEYS[tonumber(ARGV[8])], 'last_used_at', ARGV[4])
end
return {sequence, status, granted, day_count, month_count, day_limit, month_limit}
