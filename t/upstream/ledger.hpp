#pragma once

// The ground truth of the tests: a line of JSON when a request has been received whole, written
// before its answer begins, and one when the answer is done. Lines go to a file, unbuffered, and
// stay in memory for the control path.
//
// A request that never became whole has one line with the event `broken`.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upstream {

inline constexpr std::size_t lines_max = 400'000;   // in memory; older ones are dropped, counted
inline constexpr std::size_t counted_max = 10'000;  // different keys or paths in the statistics

struct Received {
    std::string id, method, path, query;
    std::optional<std::string> key_sha256, x_api_key_sha256;
    unsigned authorization_count = 0;
    std::vector<std::string> header_names;
    std::uint64_t body_bytes = 0;
    std::string body_sha256;
};

struct Done {
    unsigned status = 0;
    std::uint64_t bytes_sent = 0;
    bool finished = false;
};

class Ledger {
public:
    // Throws std::system_error when the file cannot be opened. An empty path keeps no file.
    Ledger(const std::string& path, bool fsync);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    std::uint64_t received(const Received& request);  // the number of the request
    void broken(const Received& request);
    void done(std::uint64_t number, const Received& request, const Done& answer);

    // Lines whose number is above `since`, as a JSON array, oldest first.
    std::string lines(std::uint64_t since) const;
    std::string stats(std::uint64_t connections, std::uint64_t open) const;
    void clear();  // memory and statistics; numbers go on, the file stays

private:
    using Counts = std::map<std::string, std::uint64_t>;
    void append(std::uint64_t number, std::string line);
    static void count(Counts& counts, const std::string& name);

    int file_ = -1;
    bool fsync_;
    std::uint64_t number_ = 0, dropped_ = 0, broken_ = 0, received_ = 0, done_ = 0, finished_ = 0;
    std::deque<std::pair<std::uint64_t, std::string>> lines_;
    Counts by_key_, by_path_, by_status_;
};

}  // namespace upstream
