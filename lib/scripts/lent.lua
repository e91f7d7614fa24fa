-- What stands of keys' credit, whatever else may stand under their names.
--
-- KEYS  records, mmx:{id}
--
-- Answers the field `credit` of each, or an empty text where there is none.

local lent = {}
for i, record in ipairs(KEYS) do
    local credit = redis.pcall('HGET', record, 'credit')
    lent[i] = type(credit) == 'string' and credit or ''
end
return lent
