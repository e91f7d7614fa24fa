#pragma once

// What a worker knows of a key from earlier answers. None of it decides anything but while Redis is
// away: every commit is judged by the record as it is.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ngx.hpp"
#include "commits/admission.hpp"
#include "lib/networks.hpp"

namespace mmx::gate {

inline constexpr std::int64_t user_interval_s = 10;   // how fresh $mmx_user is
inline constexpr std::int64_t touch_interval_s = 60;  // how exact last_used_at is

class KeyFacts {
public:
    // The key's network allow-list: as Redis spelled it, and whether it lets a client in.
    std::string_view networks() const noexcept { return networks_text_; }
    // What is wrong with the list; empty: nothing. With a wrong one nobody is let in.
    std::string set_networks(std::string_view text);
    bool allows(const Admission& admission) const noexcept;

    // Whether the key was granted something within grace_ms, and nothing has spoken against since.
    bool lately_granted(ngx_msec_t grace_ms) const noexcept;
    void note_answer(bool granted) noexcept;

    // Whether there is such a key, as far as the last answer told.
    bool exists() const noexcept { return exists_; }
    void note_existence(bool exists) noexcept { exists_ = exists; }

    // The key's user. A name that was read counts once the reply behind it has proved to be ours.
    bool user_is_stale(std::int64_t now) const noexcept
    {
        return now - read_at_ >= user_interval_s;
    }
    void read_user(std::string_view name)
    {
        unconfirmed_user_ = name;
        user_read_ = true;
    }
    void confirm_user(std::int64_t now);
    ngx_str_t copy_user(ngx_pool_t* pool) const noexcept;

    // The time of use in Redis.
    bool touch_is_due(std::int64_t now) const noexcept
    {
        return now - touched_at_ >= touch_interval_s;
    }
    void touched(std::int64_t now) noexcept { touched_at_ = now; }

private:
    std::string networks_text_;
    Networks networks_;
    bool networks_wrong_ = false;  // what Redis holds is no list: nobody is let in
    bool granted_ = false, exists_ = true;
    ngx_msec_t granted_ms_ = 0;
    std::string user_, unconfirmed_user_;
    bool user_read_ = false;  // and not yet confirmed
    std::int64_t read_at_ = 0, touched_at_ = 0;
};

}  // namespace mmx::gate
