#include "cli/key_changes.hpp"

#include "base/error.hpp"
#include "cli/context.hpp"
#include "cli/keys.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "lib/times.hpp"
#include "store/new_keys.hpp"

namespace mmx::admin {
namespace {

int set_enabled(Context& context, const Invocation& invocation, bool enabled)
{
    const KeyId id = key_of_argument(context, invocation.argument);
    KeyChange change;
    change.enabled = enabled;
    context.store().change(id, change, enabled ? "key.enable" : "key.disable");
    return print_key(context, id);
}

std::int64_t grace_option(const Invocation& invocation)
{
    const std::string_view text = invocation.value("grace").value_or("24h");
    const auto grace = parse_span(text);
    if (!grace) {
        throw Error(ErrorCode::invalid_argument, "--grace \"" + std::string(text) +
                                                     "\": expected " + std::string(span_form) +
                                                     ", or 0");
    }
    return *grace;
}

}  // namespace

int run_key_set(Context& context, const Invocation& invocation)
{
    const KeyChange change = key_options(context, invocation);
    if (!change.day && !change.month && !change.expires_at && !change.networks && !change.user &&
        !change.note) {
        throw Error(ErrorCode::invalid_argument,
                    "nothing to set: expected --day, --month, --expires, --networks, --user or "
                    "--note");
    }
    const KeyId id = key_of_argument(context, invocation.argument);
    context.store().change(id, change, "key.set");
    return print_key(context, id);
}

int run_key_enable(Context& context, const Invocation& invocation)
{
    return set_enabled(context, invocation, true);
}

int run_key_disable(Context& context, const Invocation& invocation)
{
    return set_enabled(context, invocation, false);
}

int run_key_delete(Context& context, const Invocation& invocation)
{
    const KeyId id = key_of_argument(context, invocation.argument);
    const auto key = context.store().find(id, context.today());
    if (!key) {
        throw Error(ErrorCode::not_found, "there is no key " + std::string(id.view()));
    }
    if (!confirmed(invocation, "Delete " + printable(key->hint) + " of " + printable(key->user) +
                                   " and all its counts?")) {
        throw Error(ErrorCode::confirmation, "nothing was deleted");
    }
    context.store().remove(id);
    context.print(deleted_json(id), "deleted " + std::string(id.view()) + "\n");
    return 0;
}

int run_key_reveal(Context& context, const Invocation& invocation)
{
    const KeyId id = key_of_argument(context, invocation.argument);
    std::string api_key = context.store().reveal(id);
    context.print(revealed_json(id, api_key), api_key + "\n");
    wipe(api_key);
    return 0;
}

int run_key_rotate(Context& context, const Invocation& invocation)
{
    const std::int64_t grace = grace_option(invocation);
    const KeyId id = key_of_argument(context, invocation.argument);
    Store& store = context.store();
    NewKey key = make_replacement(context.secrets());
    store.rotate(id, key, grace);
    const auto now_standing = store.find(key.id, context.today());
    if (!now_standing) {
        throw Error(ErrorCode::conflict, "the key was deleted meanwhile");
    }
    key.user = now_standing->user;
    const std::int64_t until = now_standing->rotated_until;
    context.print(
        rotated_json(id, key, until, context.calendar()),
        std::string(key.id.view()) + "  " + key.api_key + "\n" +
            (grace == 0 ? "the old key no longer works\n"
                        : "the old key works until " + context.calendar().iso8601(until) + "\n"));
    return 0;
}

}  // namespace mmx::admin
