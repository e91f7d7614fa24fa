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

inline constexpr std::int64_t about_interval_s = 10;  // how fresh $mmx_user and last_used_at are

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

    // What stands beside the record, the key's user and its time of use, is told and noted by a
    // commit now and then.
    bool about_is_due(std::int64_t now) const noexcept
    {
        return now - about_at_ >= about_interval_s;
    }
    void note_user(std::string_view name, std::int64_t now)
    {
        user_ = name;
        about_at_ = now;
    }
    ngx_str_t copy_user(ngx_pool_t* pool) const noexcept;

private:
    std::string networks_text_;
    Networks networks_;
    bool networks_wrong_ = false;  // what Redis holds is no list: nobody is let in
    bool granted_ = false, exists_ = true;
    ngx_msec_t granted_ms_ = 0;
    std::string user_;
    std::int64_t about_at_ = 0;
};

}  // namespace mmx::gate
