#include "lib/redis_refusal.hpp"

#include <algorithm>
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

}  // namespace

RedisRefusal refusal_of(std::string_view error) noexcept
{
    const auto* const found = std::ranges::find_if(beginnings, [&](const Beginning& beginning) {
        return starts_with_folded(error, beginning.words);
    });
    return found == std::end(beginnings) ? RedisRefusal::other : found->refusal;
}

}  // namespace mmx
