-- Writes, or takes away, what a search finds keys by. Run with `remove` before a change of a key's
-- description and with `add` behind it, in the same MULTI.
--
-- KEYS[1] mmx:search  KEYS[2] mmx:index  KEYS[3..] mmx:{id}:about of each id
-- ARGV[1] `add` or `remove`  ARGV[2] bytes of an entry's text, at most
-- ARGV[3] entries of one key's user and note, at most  ARGV[4..] ids
--
-- An entry is a text, a zero byte and the id. The texts: user and note, ASCII letters folded, from
-- every word's beginning and from every character beyond ASCII on; the hint from its two visible
-- parts on. Each is cut between two characters. The id has one entry: a byte of 1 and the id.

local search, index = KEYS[1], KEYS[2]
local adds, text_max, entries_max = ARGV[1] == 'add', tonumber(ARGV[2]), tonumber(ARGV[3])

local function fold(text)
    return (string.gsub(text or '', '[A-Z]', string.lower))
end

-- From a character on, as much as fits.
local function cut(text, from)
    local stop = from + text_max
    while stop <= #text and string.find(text, '^[\128-\191]', stop) do
        stop = stop - 1
    end
    return string.sub(text, from, stop - 1)
end

local function add_text(text, id, entries)
    local at = 1
    while #entries < entries_max do
        at = string.find(text, '[0-9a-z\192-\255]', at)
        if not at then
            return
        end
        entries[#entries + 1] = cut(text, at) .. '\0' .. id
        local _, last = string.find(text, '^[0-9a-z]+', at)
        at = (last or at) + 1
    end
end

for i = 4, #ARGV do
    local id = ARGV[i]
    local about = redis.call('HMGET', KEYS[i - 1], 'user', 'note', 'hint')
    if not adds or redis.call('ZSCORE', index, id) then
        local entries = {}
        add_text(fold(about[1]), id, entries)
        add_text(fold(about[2]), id, entries)
        local hint = fold(about[3])
        for _, part in ipairs({string.match(hint, '^mmx%-(.+)$') or hint,
            string.match(hint, '\226\128\166(.+)$') or ''}) do
            entries[#entries + 1] = part ~= '' and cut(part, 1) .. '\0' .. id or nil
        end
        entries[#entries + 1] = '\1' .. id
        if adds then
            local scored = {}
            for n, entry in ipairs(entries) do
                scored[2 * n - 1], scored[2 * n] = 0, entry
            end
            redis.call('ZADD', search, unpack(scored))
        else
            redis.call('ZREM', search, unpack(entries))
        end
    end
end
return #ARGV - 3
