#include "lib/redis_refusal.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "lib/text.hpp"

namespace mmx {
namespace {

struct Beginning {
    std::string_view words;  // in lower case
    RedisRefusal refusal;
};

constexpr Beginning beginnings[] = {
    {"loading", RedisRefusal::loading},
    {"busy", RedisRefusal::busy},
    {"tryagain", RedisRefusal::busy},
    {"masterdown", RedisRefusal::read_only},
    {"readonly", RedisRefusal::read_only},
    {"oom", RedisRefusal::unwilling},
    {"misconf", RedisRefusal::unwilling},
    {"noreplicas", RedisRefusal::unwilling},
    {"clusterdown", RedisRefusal::unwilling},
    {"wrongpass", RedisRefusal::credentials},
    {"noauth", RedisRefusal::credentials},
    {"err invalid password", RedisRefusal::credentials},
    {"noscript", RedisRefusal::no_script},
    {"noperm", RedisRefusal::forbidden},
    {"err unknown command", RedisRefusal::forbidden},
    {"err unknown subcommand", RedisRefusal::forbidden},
    {"err command is not", RedisRefusal::forbidden},  // … available, … allowed
    {"err command not", RedisRefusal::forbidden},
    {"err this command is not", RedisRefusal::forbidden},
};

// Redis 6 puts words of its own before what a command of a script was answered:
// `ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -READONLY You can't …`.
std::string_view without_script(std::string_view error) noexcept
{
    constexpr std::string_view mark = ": -";
    const std::size_t at =
        starts_with_folded(error, "err error running script") ? error.find(mark) : error.npos;
    return at == error.npos ? error : error.substr(at + mark.size());
}

}  // namespace

RedisRefusal refusal_of(std::string_view reply) noexcept
{
    const std::string_view error = without_script(reply);
    const auto* const found = std::ranges::find_if(beginnings, [&](const Beginning& beginning) {
        return starts_with_folded(error, beginning.words);
    });
    return found == std::end(beginnings) ? RedisRefusal::other : found->refusal;
}

}  // namespace mmx
