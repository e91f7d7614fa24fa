#pragma once

// The one-time token with which a browser makes the first account. While there is no account it
// stands in a file that only the daemon's user and root can read, and whoever can read it may
// become the first admin. It ends after 15 minutes, when a new one takes its place, and for good
// with its first use or the first account. Only its hash is kept in memory. Safe from any thread.

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace mmx::admin {

inline constexpr std::chrono::minutes setup_token_life{15};

class SetupToken {
public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    explicit SetupToken(std::string path) : path_(std::move(path)) {}
    ~SetupToken();  // removes the file
    SetupToken(const SetupToken&) = delete;
    SetupToken& operator=(const SetupToken&) = delete;

    // Called again and again: sees to it that there is a token that has not ended while one is
    // needed, and none otherwise. Returns what the log should say, mostly nothing.
    std::string refresh(bool needed, Time now);

    bool is_offered();  // whether there is one that somebody could bring
    bool matches(std::string_view token, Time now);

    // Ends the token if it matches; of two that bring it at once only one is told true.
    bool take(std::string_view token, Time now);

private:
    bool is_right(std::string_view token, Time now) const;
    void drop();

    const std::string path_;
    std::mutex mutex_;
    std::string hash_;  // empty: there is no token
    Time ends_at_{};
    bool failed_ = false;  // the file could not be written, which is said once
};

// Where the token goes unless another place is named: beside the daemon's unix socket.
std::string default_setup_token_file(std::string_view listen);

}  // namespace mmx::admin
