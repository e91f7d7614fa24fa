-- Puts keys into the ordered views at the place that their records, as they stand, give them; takes
-- those that are no more out of all views. The only writer of the views. Run in the MULTI of every
-- change, and for what changes by itself: use, expiry, a new date. Safe to repeat.
--
-- KEYS[1] mmx:index  KEYS[2] mmx:placed  KEYS[3] mmx:expiry  KEYS[4] mmx:touched  KEYS[5] mmx:views
-- KEYS[6..8] the views of all keys by user, today, month; by creation they stand in mmx:index
-- KEYS[9..24] those of active, disabled, expired, exhausted keys by created, user, today, month
-- KEYS[25..] three names for each id: record, about, the archive of the date's month
-- ARGV[1] now, seconds since 1970  ARGV[2] the quota day, `2026-11-22`  ARGV[3..] ids
--
-- mmx:placed remembers where each key stands: its status, a zero byte, its member by user. That
-- member sorts by folded user, then by creation: the folded user, the user as written where that
-- differs, ten digits of the time, the id; a zero byte between.
-- Who places for another date than the views are kept for leaves the ids in mmx:touched: the one
-- who keeps them places them again.

local index, placed, expiry, touched, views = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, date = tonumber(ARGV[1]), ARGV[2]
local month, day = string.sub(date, 1, 7), string.sub(date, 9)
local all_user, all_today, all_month = KEYS[6], KEYS[7], KEYS[8]
local first = {active = 9, disabled = 13, expired = 17, exhausted = 21}
local other_date = redis.call('HGET', views, 'date') ~= date

local function number(text)
    return text and tonumber(string.match(text, '^%d+$')) or 0
end

local function used(record, archive, r)
    local live = r[5] and string.match(r[5], '^%d%d%d%d%-%d%d%-%d%d$') or ''
    -- What was lent is charged, and not used yet.
    local out = number(r[8] and string.match(r[8], '^%d+'))
    if live == date then
        return math.max(number(r[6]) - out, 0), math.max(number(r[7]) - out, 0)
    end
    local a = redis.call('HMGET', archive, day .. '.requests', 'm.requests')
    return number(a[1]), string.sub(live, 1, 7) == month and math.max(number(r[7]) - out, 0) or
        number(a[2])
end

-- The first that applies, as everywhere: disabled, expired, exhausted.
local function status_of(r, today, this_month)
    local expires, day_limit, month_limit = number(r[2]), number(r[3]), number(r[4])
    if r[1] ~= 'active' then
        return 'disabled'
    end
    if expires > 0 and expires <= now then
        return 'expired'
    end
    if day_limit > 0 and today >= day_limit or month_limit > 0 and this_month >= month_limit then
        return 'exhausted'
    end
    return 'active'
end

local function user_member(about, created, id)
    local user = redis.call('HGET', about, 'user') or ''
    local folded = string.gsub(string.gsub(user, '%z', ' '), '[A-Z]', string.lower)
    return folded .. '\0' .. (folded == user and '' or user) .. '\0' ..
        string.format('%010.0f', created) .. '\0' .. id
end

local function take_out(id, old, status, member)
    local border = string.find(old, '\0', 1, true)
    local old_status, old_member = string.sub(old, 1, border - 1), string.sub(old, border + 1)
    local view = first[old_status]
    if member ~= old_member then
        redis.call('ZREM', all_user, old_member)
    end
    if member ~= old_member or status ~= old_status then
        redis.call('ZREM', KEYS[view + 1], old_member)
    end
    if status ~= old_status then
        redis.call('ZREM', KEYS[view], id)
        redis.call('ZREM', KEYS[view + 2], id)
        redis.call('ZREM', KEYS[view + 3], id)
    end
end

for i = 3, #ARGV do
    local id, names = ARGV[i], 25 + 3 * (i - 3)
    local record, about, archive = KEYS[names], KEYS[names + 1], KEYS[names + 2]
    local created, old = redis.call('ZSCORE', index, id), redis.call('HGET', placed, id)
    if created then
        local r = redis.call('HMGET', record, 'state', 'expires_at', 'day', 'month', 'd',
            'd.requests', 'm.requests', 'credit')
        local today, this_month = used(record, archive, r)
        local status, member = status_of(r, today, this_month), user_member(about, created, id)
        local view, place = first[status], status .. '\0' .. member
        if old ~= place then
            if old then
                take_out(id, old, status, member)
            end
            redis.call('HSET', placed, id, place)
            redis.call('ZADD', all_user, 0, member)
            redis.call('ZADD', KEYS[view], created, id)
            redis.call('ZADD', KEYS[view + 1], 0, member)
        end
        redis.call('ZADD', all_today, today, id)
        redis.call('ZADD', all_month, this_month, id)
        redis.call('ZADD', KEYS[view + 2], today, id)
        redis.call('ZADD', KEYS[view + 3], this_month, id)
        if status ~= 'disabled' and number(r[2]) > now then
            redis.call('ZADD', expiry, r[2], id)
        else
            redis.call('ZREM', expiry, id)
        end
        if other_date then
            redis.call('SADD', touched, id)
        end
    else
        if old then
            take_out(id, old)
            redis.call('HDEL', placed, id)
        end
        redis.call('ZREM', all_today, id)
        redis.call('ZREM', all_month, id)
        redis.call('ZREM', expiry, id)
    end
end
return #ARGV - 2
