#include "store/new_keys.hpp"
#include "host/random.hpp"

namespace mmx::admin {

NewKey make_replacement(const Secrets& secrets)
{
    NewKey key;
    key.api_key = SecretText::adopt(make_api_key(fill_random));
    key.id = secrets.id(key.api_key.view());
    return key;
}

std::vector<NewKey> make_new_keys(const Secrets& secrets, const KeyChange& wanted,
                                  const Limits& defaults, std::size_t count)
{
    std::vector<NewKey> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i < count; i++) {
        NewKey key = make_replacement(secrets);
        key.limits = {.day = wanted.day.value_or(defaults.day),
                      .month = wanted.month.value_or(defaults.month)};
        key.expires_at = wanted.expires_at.value_or(0);
        key.networks = wanted.networks.value_or("");
        key.user = *wanted.user;
        key.note = wanted.note.value_or("");
        keys.push_back(std::move(key));
    }
    return keys;
}

}  // namespace mmx::admin
