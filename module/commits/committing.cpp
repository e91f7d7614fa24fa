#include "commits/committing.hpp"

#include <algorithm>
#include <utility>

namespace mmx::gate {
namespace {

// The smallest number of 16 digits: sequences are compared as text.
constexpr std::uint64_t sequence_min = 1000000000000000;

}  // namespace

std::uint64_t Committing::next_sequence() noexcept
{
    auto now = static_cast<std::uint64_t>(settings.now_us());
    last_sequence_ = std::max({last_sequence_ + 1, now, sequence_min});
    ledger.note(last_sequence_);
    return last_sequence_;
}

bool Committing::may_log_refusal() noexcept
{
    return std::exchange(refusal_logged_at_, ngx_time()) != ngx_time();
}

}  // namespace mmx::gate
