-- For wrk: chat requests, each under a key drawn at random. Of n keys the k-th is drawn with a
-- weight of 1/k^EXPONENT: all alike with 0, by Zipf's law above it. The same SEED draws the same.
-- FILL bytes more stand in the question. `wrk … -s keys.lua URL -- KEYFILE EXPONENT SEED FILL`
local requests, sums, count, total = {}, {}, 0, 0
local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end

function init(arguments)
    local exponent, fill = tonumber(arguments[2]), tonumber(arguments[4])
    local body = '{"model":"MiniMax-M2.7","messages":[{"role":"user","content":"hello'
        .. string.rep("x", fill) .. '"}]}'
    for key in io.lines(arguments[1]) do
        local headers = {
            ["Authorization"] = "Bearer " .. key,
            ["Content-Type"] = "application/json",
        }
        count = count + 1
        total = total + count ^ -exponent
        requests[count] = wrk.format("POST", nil, headers, body)
        sums[count] = total
    end
    math.randomseed(tonumber(arguments[3]))
    cpu_before = os.clock() -- of the process; done() reads it through the thread
end

-- The first key at which the sum of the weights reaches a number below all of it.
function request()
    local sought, low, high = math.random() * total, 1, count
    while low < high do
        local middle = math.floor((low + high) / 2)
        if sums[middle] < sought then
            low = middle + 1
        else
            high = middle
        end
    end
    return requests[low]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"wrong":%d,"p50_us":%d,"p99_us":%d,"client_ns":%d}\n',
        summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50), latency:percentile(99),
        (os.clock() - threads[1]:get("cpu_before")) * 1e9))
end
