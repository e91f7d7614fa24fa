-- For wrk: the same chat request with one key after another. `wrk … -s keys.lua URL -- KEYFILE`
local requests, count, at = {}, 0, 0

function init(arguments)
    local body = '{"model":"MiniMax-M2.7","messages":[{"role":"user","content":"hello"}]}'
    for key in io.lines(arguments[1]) do
        local headers = {
            ["Authorization"] = "Bearer " .. key,
            ["Content-Type"] = "application/json",
        }
        count = count + 1
        requests[count] = wrk.format("POST", nil, headers, body)
    end
end

function request()
    at = at % count + 1
    return requests[at]
end

function done(summary)
    local e = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"wrong":%d}\n', summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status + e.timeout))
end
