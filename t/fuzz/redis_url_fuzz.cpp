// Where Redis is: what is shown of it must parse back to the same place, without the credentials.

#include "fuzz.hpp"
#include "lib/redis_url.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto url = mmx::RedisUrl::parse(mmx::fuzz::text(data, size));
    if (!url) {
        mmx::fuzz::check(!url.fault().empty(), "a refusal without a reason");
        return 0;
    }
    mmx::fuzz::check(url->is_unix == url->host.empty(), "neither host nor path, or both");
    mmx::fuzz::check(url->is_unix != url->path.empty(), "neither host nor path, or both");
    mmx::fuzz::check(url->user.find('\0') == std::string::npos &&
                         url->password.find('\0') == std::string::npos &&
                         url->path.find('\0') == std::string::npos,
                     "text that C would cut");
    const auto shown = mmx::RedisUrl::parse(url->display());
    mmx::fuzz::check(shown.has_value(), "what is shown does not parse");
    mmx::fuzz::check(shown->host == url->host && shown->port == url->port &&
                         shown->path == url->path && shown->database == url->database,
                     "what is shown is another place");
    mmx::fuzz::check(shown->user.empty() && shown->password.empty(), "credentials are shown");
    return 0;
}
