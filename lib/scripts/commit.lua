-- A commit: everything one worker has pending on one key, in one step.
--
-- KEYS[1]   the record, mmx:{id}
-- KEYS[2..] archives, mmx:{id}:<month>, of the months this commit touches beside the live one
-- ARGV[1]   `seq.<worker>`: the field that remembers this worker's last commit
-- ARGV[2]   sequence: 16 digits, microseconds of Redis' clock, growing from commit to commit
-- ARGV[3]   today's date, `2026-11-22`
-- ARGV[4]   now, seconds since 1970
-- ARGV[5]   asked: admissions wanted, 0 to 4095
-- ARGV[6]   the network allow-list that the asking requests were checked against, or `-`: none
--           asks. Requests that are checked and not counted ask, too: asked may be 0 then
-- ARGV[7]   ask: credit wanted beside that, 0 to 4095: admissions charged now, which the worker may
--           hand out later without asking. -<loan>: refuse what the limits do not leave though
--           credit is out: all that was lent up to this number was called back long ago
-- ARGV[8]   back: credit of today, unspent, that this worker gives back
-- ARGV[9]   closes: how much of what it was lent is out no more, spent or given back
-- ARGV[10]  the last loan that this worker was given, or 0; behind it, where anything is given back or
--           closed, `:` and the number of the commit by which it was charged last. A record that does
--           not remember that one, as Redis lost it or somebody made the key anew, has not charged it
--           either, and nothing is given back or closed
-- The usual commit ends here. Others go on:
-- ARGV[11]  `1` when this commit was sent before and its reply was lost, else `0`
-- ARGV[12]  which of KEYS is mmx:{id}:about, to note the time of use there and tell the user;
--           or `0`
-- ARGV[13]  retention of archives, seconds
-- ARGV[14]  refunds that a key is given for a day at least, of those that are bounded; a tenth of
--           its limit where that is more
-- ARGV[15..] settlements, ten values each: a date, and what to add to its requests, refunds,
--           denied, failed, prompt_tokens, completion_tokens, cached_tokens, unmetered; and how
--           many of these refunds are bounded
--
-- Answers `sequence status granted d.requests m.requests day month expires_at lent out loan floor`,
-- in one string because a table costs Redis twice as much; the counters stand after the commit, with
-- all credit that is out in them. lent: credit that this commit was given. out: what is now with all
-- workers together. loan: how often credit of this key was lent. floor: up to which loan all is
-- written off, since whoever held it was taken for gone; what such a worker closes after all counts
-- for nothing. The record's field `credit` holds `out loan floor`. Status 0: all granted. 1: the day's, 2: the month's limit stopped the rest.
-- 3: disabled. 4: expired. 5: no such key. 11: hold: the limits do not leave the rest, but credit is
-- out, which is to be called back before anybody is refused. With 0 to 4 and 11 there follow ` w` and how many refunds were
-- withheld of each settlement, with commas between, where any was; and ` u` and the user where that
-- is asked.
-- With a status from 6 nothing was counted, and the fourth word says what the worker must know.
-- 6: the key's network list is this one. 7: the archive of this month must be among KEYS.
-- 8: since a rotation, this id counts for the key; a fifth word is 1 when the grace is over.
-- 9: a later commit of this worker has been here. 10: this field holds what no limit, count, time
-- or list of ours can be; whoever wrote it, nobody is let in by it.
--
-- A commit that changes anything leaves `sequence` (all granted, none lent or withheld) or
-- `sequence:granted:status:lent:loan:floor:withheld` under
-- seq.<worker>, and a repeat is answered from there. Everything is read and checked before the
-- first write, since Lua does not roll back.

local record, memory, sequence, today = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local asked, ask, back, closes = ARGV[5] + 0, ARGV[7] + 0, ARGV[8] + 0, ARGV[9] + 0
local user_max, networks_max = 128, 4096 -- bytes told; longer ones are nobody's and no list
local credit_share = 4    -- a quarter of what a limit leaves is lent, to all workers together
local credit_ends_s = 2   -- so long before a key expires none is lent any more
local memories_max = 64   -- fields of a record, before memories of workers long gone are looked for
local usual, again, settles = #ARGV == 10, ARGV[11] == '1', #ARGV > 14
local its_loan, since = ARGV[10], false
if string.find(its_loan, ':', 1, true) then
    its_loan, since = string.match(its_loan, '^(%d+):(%d+)$')
end

local r = redis.call('HMGET', record, 'state', 'd', 'd.requests', 'm.requests', 'day', 'month',
    'expires_at', 'credit', 'networks', memory)
local state, live, last = r[1], r[2], r[10]
if not state then
    return sequence .. ' 5 0'
end

-- A limit that is `nan` would never be reached, and one of `1e400` as good as never.
local most = 2 ^ 53 - 1 -- beyond it a double is no count
local day_count, month_count, day_limit, month_limit, expires_at
local out, loan, floor = 0, 0, 0
if r[8] then
    out, loan, floor = string.match(r[8], '^(%d+) (%d+) (%d+)$')
    out, loan, floor = (out or most + 1) + 0, (loan or 0) + 0, (floor or 0) + 0
end
local whole = string.find((r[3] or 0) .. ' ' .. (r[4] or 0) .. ' ' .. (r[5] or 0) .. ' ' ..
    (r[6] or 0) .. ' ' .. (r[7] or 0), '^%d+ %d+ %d+ %d+ %d+$')
if whole then
    -- Adding nothing makes numbers of texts, for half of what a call of tonumber() costs.
    day_count, month_count = (r[3] or 0) + 0, (r[4] or 0) + 0
    day_limit, month_limit, expires_at = (r[5] or 0) + 0, (r[6] or 0) + 0, (r[7] or 0) + 0
end
if not whole or day_count > most or month_count > most or day_limit > most or
    month_limit > most or expires_at > most or out > most or loan > most or floor > most then
    for i, name in ipairs({'d.requests', 'm.requests', 'day', 'month', 'expires_at'}) do
        local text = r[i + 2] or '0'
        if not string.find(text, '^%d+$') or text + 0 > most then
            return sequence .. ' 10 0 ' .. name
        end
    end
    return sequence .. ' 10 0 credit'
end

local networks, user = r[9] or '', ''
if not usual and ARGV[12] ~= '0' then
    user = redis.call('HGET', KEYS[ARGV[12] + 0], 'user') or ''
    user = ' u' .. (#user <= user_max and user or '')
end

if last and last >= sequence then
    if string.sub(last, 1, 16) ~= sequence then
        return sequence .. ' 9 0 -'
    end
    local granted, status, lent, its_loan, its_floor, withheld =
        string.match(last, ':(%d+):(%d+):(%d+):(%d+):(%d+):?([%d,]*)$')
    if status == '6' then
        return sequence ..
            (#networks > networks_max and ' 10 0 networks' or ' 6 0 ' .. networks)
    end
    if status == '7' then
        return sequence .. ' 7 0 ' .. string.sub(live or today, 1, 7)
    end
    return string.format('%s %s %s %d %d %d %d %d %s %d %s %s', sequence, status or 0,
        granted or asked, day_count, month_count, day_limit, month_limit, expires_at, lent or 0,
        out, its_loan or 0, its_floor or 0) ..
        (withheld and withheld ~= '' and ' w' .. withheld or '') .. user
end

-- Where memories were forgotten, an old commit without one may have run: it must not run again.
if again and not last and sequence < (redis.call('HGET', record, 'forgotten') or '') then
    return sequence .. ' 9 0 -'
end

if state == 'rotated' then
    local alias = redis.call('HGET', record, 'alias') or ''
    if #alias ~= 32 then
        return sequence .. ' 10 0 alias'
    end
    return sequence .. ' 8 0 ' .. alias .. (expires_at <= ARGV[4] + 0 and ' 1' or ' 0')
end

-- Where memories were forgotten, that one may have been.
local charged = not since or string.sub(last or '', 1, 16) >= since or
    not last and since < (redis.call('HGET', record, 'forgotten') or '')
if not charged then
    back, closes = 0, 0
end

local status, granted = 0, asked
if ARGV[6] ~= '-' then
    if networks ~= ARGV[6] then
        if again then -- its other copy may still be on the way, and must do nothing either
            redis.call('HSET', record, memory, sequence .. ':0:6:0:0:0')
        end
        return sequence ..
            (#networks > networks_max and ' 10 0 networks' or ' 6 0 ' .. networks)
    end
    if state ~= 'active' then
        status, granted = 3, 0
    elseif expires_at > 0 and expires_at <= ARGV[4] + 0 then
        status, granted = 4, 0
    end
end

-- A settlement, a change of date and the first commit of one worker too many do more than admit.
-- All of that is gathered in `changes`, by name and field, and written at the end; the usual commit makes no
-- table.
local changes, forgotten, withheld
local crowded = not last and redis.call('HLEN', record) > memories_max
if not usual or live ~= today or crowded then
    local beyond_any = false
    changes, forgotten, withheld = {}, {}, {}
    local figures = {'requests', 'refunds', 'denied', 'failed', 'prompt_tokens',
        'completion_tokens', 'cached_tokens', 'unmetered', 'bounded_refunds'}
    local archives = {}
    for i = 2, #KEYS do
        archives[string.sub(KEYS[i], -7)] = KEYS[i]
    end

    -- A figure that is none counts as nothing: it stops neither this key nor what is due to it.
    local function read(name, field)
        local changed = changes[name] and changes[name][field]
        local text = not changed and redis.call('HGET', name, field) or '0'
        return changed or string.find(text, '^%d+$') and math.min(text + 0, most) or 0
    end
    local function write(name, field, value)
        changes[name] = changes[name] or {}
        changes[name][field] = value
    end
    local function archive(date)
        return archives[string.sub(date, 1, 7)]
    end

    -- A new record has no live date yet, and nothing archived to take up.
    local turns = live and live ~= today
    local absent = turns and (not archive(live) and live or not archive(today) and today)
    for i = 15, #ARGV, 10 do
        absent = absent or ARGV[i] ~= today and not archive(ARGV[i]) and ARGV[i]
    end
    if absent then
        if again then
            redis.call('HSET', record, memory, sequence .. ':0:7:0:0:0')
        end
        return sequence .. ' 7 0 ' .. string.sub(absent, 1, 7)
    end

    -- The live figures go to their archive, and those of the new day or month are taken up.
    local function exchange(prefix, from, from_prefix, to, to_prefix)
        for _, figure in ipairs(figures) do
            write(from, from_prefix .. figure, read(record, prefix .. figure))
            write(record, prefix .. figure, read(to, to_prefix .. figure))
        end
    end
    if turns then
        exchange('d.', archive(live), string.sub(live, 9) .. '.', archive(today),
            string.sub(today, 9) .. '.')
        if archive(live) ~= archive(today) then
            exchange('m.', archive(live), 'm.', archive(today), 'm.')
        end
    end

    -- Never below nothing: what a lost database forgot must not become credit.
    local function add(name, field, delta)
        write(name, field, math.max(read(name, field) + delta, 0))
    end
    local limit = day_limit > 0 and day_limit or month_limit
    local bound = math.max(limit > 0 and math.floor(limit / 10) or most, tonumber(ARGV[14]) or 0)
    for i = 15, #ARGV, 10 do
        local date = ARGV[i]
        local day_name = date == today and record or archive(date)
        local day_prefix = date == today and 'd.' or string.sub(date, 9) .. '.'
        local same_month = string.sub(date, 1, 7) == string.sub(today, 1, 7)
        local deltas = {}
        for j = 1, #figures do
            deltas[j] = tonumber(ARGV[i + j])
        end
        if not charged and deltas[2] == 0 then
            deltas[1] = math.max(deltas[1], 0) -- credit of that day
        end
        -- What MiniMax fails beyond the bound is charged, though it stays counted as failed.
        local left = math.max(bound - read(day_name, day_prefix .. 'bounded_refunds'), 0)
        local beyond = math.max(deltas[#figures] - left, 0)
        deltas[1], deltas[2] = deltas[1] + beyond, deltas[2] - beyond
        deltas[#figures] = deltas[#figures] - beyond
        withheld[#withheld + 1] = string.format('%d', beyond)
        beyond_any = beyond_any or beyond > 0
        for j, figure in ipairs(figures) do
            local delta = deltas[j]
            if delta ~= 0 then
                add(day_name, day_prefix .. figure, delta)
                add(same_month and record or archive(date), 'm.' .. figure, delta)
            end
        end
    end
    withheld = beyond_any and table.concat(withheld, ',')
    day_count, month_count = read(record, 'd.requests'), read(record, 'm.requests')

    -- Workers silent for an hour are taken for gone. One that was cut off may come again: up to
    -- when memories were forgotten stays in the record.
    if crowded then
        local limit = (ARGV[4] - 3600) * 1e6
        for _, name in ipairs(redis.call('HKEYS', record)) do
            if string.sub(name, 1, 4) == 'seq.' and
                (tonumber(string.sub(redis.call('HGET', record, name), 1, 16)) or 0) < limit then
                forgotten[#forgotten + 1] = name
                write(record, 'forgotten', math.max(read(record, 'forgotten'), limit))
            end
        end
    end
end

-- What is given back was charged today. Nothing is ever below nothing.
if back > 0 then
    day_count, month_count = math.max(day_count - back, 0), math.max(month_count - back, 0)
end
if closes > 0 and its_loan + 0 > floor then
    out = math.max(out - closes, 0)
end

-- Admits what the limits leave. Where both are used up the month is named: it resets later.
if status == 0 then
    -- A limit that was lowered below its count leaves nothing, not less.
    if day_limit > 0 and granted > day_limit - day_count then
        status, granted = 1, math.max(day_limit - day_count, 0)
    end
    if month_limit > 0 and asked > month_limit - month_count then
        local month_room = math.max(month_limit - month_count, 0)
        if month_room <= granted then
            status, granted = 2, month_room
        end
    end
    if status ~= 0 and out > 0 and asked > granted then
        if ask < 0 and -ask == loan then
            out, floor = 0, loan -- whoever holds that is gone: nobody shall wait for it again
        else
            status = 11
        end
    end
end

-- Lends credit: all that is out together stays below a quarter of what each limit leaves, so that
-- the last admissions of a window are decided here, one by one.
local lent = 0
if ask > 0 and status == 0 and (expires_at == 0 or expires_at > ARGV[4] + credit_ends_s) then
    lent = ask
    if day_limit > 0 then
        lent = math.min(lent, math.floor((day_limit - day_count - asked) / credit_share) - out)
    end
    if month_limit > 0 then
        lent = math.min(lent, math.floor((month_limit - month_count - asked) / credit_share) - out)
    end
    lent = math.max(lent, 0)
    if lent > 0 then
        out, loan = out + lent, loan + 1
    end
end

-- %d, not Redis' own conversion of numbers: it is exact to 2^53, and made once for both uses.
local day_text = string.format('%d', day_count + granted + lent)
local month_text = string.format('%d', month_count + granted + lent)
local credit = loan > 0 and string.format('%d %d %d', out, loan, floor)
local lends = credit and credit ~= r[8]
if granted > 0 or lends or back > 0 or settles or again then
    local memo = sequence
    if status ~= 0 or lent > 0 or withheld then
        memo = string.format('%s:%s:%d:%d:%d:%d', sequence, granted, status, lent, loan, floor) ..
            (withheld and ':' .. withheld or '')
    end
    if not changes then
        if not lends then
            redis.call('HSET', record, 'd.requests', day_text, 'm.requests', month_text, memory,
                memo)
        else
            redis.call('HSET', record, 'd.requests', day_text, 'm.requests', month_text, 'credit',
                credit, memory, memo)
        end
    else
        -- In this order: Redis finds the first fields of a small hash soonest.
        redis.call('HSET', record, 'd', today, 'd.requests', day_text, 'm.requests', month_text,
            memory, memo, 'm', string.sub(today, 1, 7))
        if lends then
            redis.call('HSET', record, 'credit', credit)
        end
        for _, name in ipairs(forgotten) do
            redis.call('HDEL', record, name)
        end
        for name, fields in pairs(changes) do
            for field, value in pairs(fields) do
                if name ~= record or (field ~= 'd.requests' and field ~= 'm.requests') then
                    if value == 0 then
                        redis.call('HDEL', name, field)
                    else
                        redis.call('HSET', name, field, string.format('%d', value))
                    end
                end
            end
            if name ~= record then
                redis.call('EXPIRE', name, ARGV[13])
            end
        end
        if not usual and ARGV[12] ~= '0' then
            redis.call('HSET', KEYS[tonumber(ARGV[12])], 'last_used_at', ARGV[4])
        end
    end
end
local outcome = status == 0 and ' 0 ' .. ARGV[5] or ' ' .. status .. ' ' .. granted
return sequence .. outcome .. ' ' .. day_text .. ' ' .. month_text .. ' ' ..
    (r[5] or '0') .. ' ' .. (r[6] or '0') .. ' ' .. (r[7] or '0') .. ' ' .. lent .. ' ' ..
    (credit or '0 0 0') .. (withheld and ' w' .. withheld or '') .. user
