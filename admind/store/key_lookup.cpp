#include "store/key_lookup.hpp"

#include "base/error.hpp"
#include "lib/encoding.hpp"
#include "lib/redis_keys.hpp"
#include "store/view_keeper.hpp"
#include "store/views.hpp"

namespace mmx::admin {

namespace field = redis_keys::field;

KeyId KeyLookup::resolve(std::string_view text)
{
    const std::string quoted = "\"" + std::string(text) + "\"";
    if (text.size() < short_id_min || text.size() > 32 || !is_hex(text)) {
        throw Error(ErrorCode::invalid_argument,
                    quoted + " is not a key id: expected " + std::to_string(short_id_min) +
                        " to 32 of the hex digits 0-9 a-f, or - for a whole key on standard input");
    }
    if (const auto id = KeyId::parse(text)) {
        return follow_alias(*id, quoted);
    }
    ViewKeeper(store_).require_built();
    const EntryRange range = id_range(text).value();
    const Reply found = store_.redis().call(Command{
        "ZRANGEBYLEX", redis_keys::search, "[" + range.min, "(" + range.max, "LIMIT", "0", "2"});
    if (found.elements.size() > 1) {
        throw Error(ErrorCode::ambiguous, quoted + " begins several key ids: give more digits");
    }
    const auto id =
        found.elements.empty() ? std::nullopt : id_of_member(found.elements.front().text);
    if (!id) {
        throw Error(ErrorCode::not_found, "there is no key with an id beginning " + quoted);
    }
    return *id;
}

KeyId KeyLookup::resolve_key(std::string_view api_key)
{
    if (!is_well_formed_api_key(api_key)) {
        throw Error(ErrorCode::invalid_input,
                    "standard input holds no gateway key: expected mmx- and 16 to 64 letters or "
                    "digits");
    }
    return follow_alias(store_.secrets().id(api_key), "that gateway key");
}

// After a rotation the old id stands for the new one, as long as its record is kept.
KeyId KeyLookup::follow_alias(const KeyId& id, std::string_view what)
{
    const Reply record =
        store_.redis().call(Command{"HMGET", redis_keys::record(id), field::state, field::alias});
    if (record.elements.at(0).is_nil()) {
        throw Error(ErrorCode::not_found, "there is no key " + std::string(what));
    }
    return KeyId::parse(record.elements.at(1).text).value_or(id);
}

}  // namespace mmx::admin
