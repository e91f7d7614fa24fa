#include "cli/key_changes.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/context.hpp"
#include "cli/keys.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "lib/times.hpp"
#include "store/key_changes.hpp"
#include "store/key_removal.hpp"
#include "store/key_rotation.hpp"
#include "store/keys.hpp"

namespace mmx::admin {
namespace {

int set_enabled(Context& context, const Invocation& invocation, bool enabled)
{
    const KeyId id = key_of_argument(context, invocation.argument);
    KeyChange change;
    change.enabled = enabled;
    KeyChanges(context.store()).change(id, change);
    return print_key(context, id);
}

std::int64_t grace_option(const Invocation& invocation)
{
    const auto text = invocation.value("grace");
    const auto grace = text ? parse_span(*text) : std::optional(grace_default);
    if (!grace) {
        throw Error(ErrorCode::invalid_argument, "--grace \"" + std::string(*text) +
                                                     "\": expected " + std::string(span_form) +
                                                     ", or 0");
    }
    return *grace;
}

}  // namespace

int run_key_set(Context& context, const Invocation& invocation)
{
    const KeyChange change = key_options(context, invocation);
    if (change.is_empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "nothing to set: expected --day, --month, --expires, --networks, --user or "
                    "--note");
    }
    const KeyId id = key_of_argument(context, invocation.argument);
    KeyChanges(context.store()).change(id, change);
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
    const Key key = Keys(context.store()).require(id, context.today());
    if (!confirmed(invocation, "Delete " + printable(key.hint) + " of " + printable(key.user) +
                                   " and all its counts?")) {
        throw Error(ErrorCode::confirmation, "nothing was deleted");
    }
    KeyRemoval(context.store()).remove(id);
    context.print(deleted_json(id), "deleted " + std::string(id.view()) + "\n");
    return 0;
}

int run_key_reveal(Context& context, const Invocation& invocation)
{
    const KeyId id = key_of_argument(context, invocation.argument);
    SecretText line = Keys(context.store()).reveal(id);
    const Json json = revealed_json(id, line.view());
    line.append("\n");
    context.print(json, line.view());
    return 0;
}

int run_key_rotate(Context& context, const Invocation& invocation)
{
    const std::int64_t grace = grace_option(invocation);
    const KeyId id = key_of_argument(context, invocation.argument);
    const RotatedKey rotated = KeyRotation(context.store()).rotate(id, grace);
    const Calendar& calendar = context.calendar();
    context.print(
        rotated_json(id, rotated, calendar),
        std::string(rotated.key.id.view()) + "  " + std::string(rotated.key.api_key.view()) + "\n" +
            (grace == 0 ? "the old key no longer works\n"
                        : "the old key works until " + calendar.iso8601(rotated.until) + "\n"));
    return 0;
}

}  // namespace mmx::admin
