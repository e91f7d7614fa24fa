#include "api/entity_tag.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

std::string quoted_tag(const Json& state)
{
    return "\"" + public_id(to_text(state)) + "\"";
}

// A front that compresses makes a tag a weak one; ours names a state and no bytes.
std::string_view without_weakness(std::string_view tag)
{
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::string tag_of(const Key& key)
{
    return quoted_tag({key.id.view(), key.enabled, key.limits.day, key.limits.month, key.expires_at,
                       key.networks, key.user, key.note});
}

// The master key is set by itself, whatever else is.
std::string tag_of(const Settings& settings)
{
    return quoted_tag({settings.timezone, settings.defaults.day, settings.defaults.month,
                       settings.retention_days, settings.refund_bound, settings.language,
                       settings.contact});
}

std::string tag_of(const Account& account)
{
    return quoted_tag({account.name, role_name(account.role), sha256_hex(account.password)});
}

void require_match(const Request& request, std::string_view tag)
{
    if (request.header_count("if-match") == 0) {
        return;
    }
    // Of two headers neither is taken: nothing matches.
    for (std::string_view rest = request.header("if-match"); !rest.empty();) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        const std::string_view one = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (one == "*" || without_weakness(one) == tag) {
            return;
        }
    }
    throw Error(ErrorCode::changed_meanwhile,
                "it was changed meanwhile, and nothing was done: look at it again first");
}

}  // namespace mmx::admin
