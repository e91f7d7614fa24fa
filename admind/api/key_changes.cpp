#include "api/key_changes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/answers.hpp"
#include "api/authentication.hpp"
#include "api/common.hpp"
#include "api/entity_tag.hpp"
#include "base/error.hpp"
#include "lib/networks.hpp"
#include "store/key_changes.hpp"
#include "store/key_removal.hpp"
#include "store/key_rotation.hpp"
#include "store/keys.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t create_max = 1000;
constexpr std::int64_t grace_max = 30 * 86400;  // seconds
constexpr std::int64_t networks_count_max = 64, network_length_max = 64;
constexpr Bounds user_length{1, static_cast<std::int64_t>(user_length_max)};
constexpr Bounds note_length{0, static_cast<std::int64_t>(note_length_max)};
constexpr Bounds limit_range{0, limit_max};
constexpr Bounds batch_size{1, static_cast<std::int64_t>(change_batch_max)};
constexpr Bounds id_length{32, 32};
constexpr std::string_view batch_actions[] = {"enable", "disable", "delete"};

std::optional<std::string> networks_member(Body& body)
{
    const auto blocks = body.texts("networks", {0, networks_count_max}, {1, network_length_max});
    if (!blocks) {
        return std::nullopt;
    }
    std::string list;
    for (const std::string& block : *blocks) {
        if (block.find_first_of(", \t\r\n") != std::string::npos) {
            refuse_field("networks", "expected one address block in each text");
        }
        list.append(list.empty() ? "" : ",").append(block);
    }
    const auto networks = Networks::parse(list);
    if (!networks) {
        refuse_field("networks", networks.fault());
    }
    return networks->text();
}

// Of null 0, as in KeyChange.
std::optional<std::int64_t> expiry_member(Body& body)
{
    if (body.is_null("expires_at")) {
        return 0;
    }
    return body.number("expires_at", {1, expiry_max});
}

// The members that creating and changing a key share.
KeyChange key_members(Call& call)
{
    Body& body = call.body();
    KeyChange change;
    if (const auto user = body.text("user", user_length)) {
        change.user = checked_name("user", *user, user_length_max);
    }
    if (auto note = body.text("note", note_length)) {
        change.note = checked_text("note", std::move(*note), note_length_max, true);
    }
    change.day = body.number("day", limit_range);
    change.month = body.number("month", limit_range);
    change.expires_at = expiry_member(body);
    change.networks = networks_member(body);
    return change;
}

// A key may keep an expiry that has passed, but is given none.
void require_future(Call& call, const KeyChange& change, std::int64_t present)
{
    if (!change.expires_at) {
        return;
    }
    if (const auto fault = expiry_fault(*change.expires_at, present, call.now()); !fault.empty()) {
        refuse_field("expires_at", fault);
    }
}

std::vector<KeyId> ids_member(Body& body)
{
    std::vector<KeyId> ids;
    for (const std::string& text : body.required_texts("ids", batch_size, id_length)) {
        const auto id = KeyId::parse(text);
        if (!id) {
            refuse_field("ids", "expected key ids, 32 of the hex digits 0-9 a-f each");
        }
        if (std::ranges::find(ids, *id) == ids.end()) {
            ids.push_back(*id);
        }
    }
    return ids;
}

Response key_response(Call& call, const KeyId& id)
{
    return keyed_response(call, find_key(call, id));
}

}  // namespace

Response create_keys(Call& call)
{
    const KeyChange wanted = key_members(call);
    const std::int64_t count = call.body().number("count", {1, create_max}).value_or(1);
    call.body().finish();
    if (!wanted.user) {
        refuse_field("user", "is missing");
    }
    require_future(call, wanted, 0);
    const std::vector<NewKey> keys =
        KeyChanges(call.store()).create(wanted, static_cast<std::size_t>(count));
    return json_response(created_json(keys, true), 201);
}

Response change_key(Call& call)
{
    const KeyId id = key_of_path(call);
    KeyChange change = key_members(call);
    change.enabled = call.body().flag("enabled");
    call.body().finish();
    if (change.is_empty()) {
        throw Error(ErrorCode::invalid_argument, "nothing to change: name at least one member");
    }
    require_future(call, change, find_key(call, id).expires_at);
    KeyChanges(call.store()).change(id, change, [&](const Key& before) {
        require_match(call.request(), tag_of(before));
    });
    return key_response(call, id);
}

Response change_keys(Call& call)
{
    const std::string_view action =
        batch_actions[call.body().required_choice("action", batch_actions)];
    const std::vector<KeyId> ids = ids_member(call.body());
    const bool deletes = action == "delete";
    if (deletes || call.body().has("password")) {
        reauthenticate(call);
    }
    call.body().finish();
    std::vector<KeyId> missing;
    if (deletes) {
        missing = KeyRemoval(call.store()).remove_many(ids);
    } else {
        KeyChange change;
        change.enabled = action == "enable";
        missing = KeyChanges(call.store()).change_many(ids, change);
    }
    return json_response(batch_json(ids.size() - missing.size(), missing));
}

Response delete_key(Call& call)
{
    const KeyId id = key_of_path(call);
    call.body().finish();
    KeyRemoval(call.store()).remove(id);
    return json_response(deleted_json(id));
}

Response reveal_key(Call& call)
{
    const KeyId id = key_of_path(call);
    call.body().finish();
    find_key(call, id);
    return json_response(revealed_json(id, Keys(call.store()).reveal(id).view()));
}

Response rotate_key(Call& call)
{
    const KeyId id = key_of_path(call);
    const std::int64_t grace = call.body().number("grace", {0, grace_max}).value_or(grace_default);
    call.body().finish();
    const RotatedKey rotated = KeyRotation(call.store()).rotate(id, grace);
    return json_response(rotated_json(id, rotated, call.calendar()));
}

}  // namespace mmx::admin
