#include "commits/key_facts.hpp"

#include <utility>

namespace mmx::gate {

std::string KeyFacts::set_networks(std::string_view text)
{
    networks_text_ = text;
    auto networks = Networks::parse(text);
    networks_wrong_ = !networks;
    std::string fault = networks ? std::string() : networks.fault();
    networks_ = networks ? std::move(*networks) : Networks{};
    return fault;
}

bool KeyFacts::allows(const Admission& admission) const noexcept
{
    return !networks_wrong_ && networks_.allow(admission.address());
}

bool KeyFacts::lately_granted(ngx_msec_t grace_ms) const noexcept
{
    return granted_ && ngx_current_msec - granted_ms_ <= grace_ms;
}

void KeyFacts::note_answer(bool granted) noexcept
{
    granted_ = granted;
    granted_ms_ = ngx_current_msec;
}

ngx_str_t KeyFacts::copy_user(ngx_pool_t* pool) const noexcept
{
    return user_.empty() ? ngx_str_t{0, nullptr} : ngx::copy(pool, user_);
}

}  // namespace mmx::gate
