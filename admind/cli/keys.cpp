#include "cli/keys.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/names.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "store/key_changes.hpp"
#include "store/key_list.hpp"
#include "store/keys.hpp"
#include "store/view_keeper.hpp"

namespace mmx::admin {
namespace {

std::string created_text(const std::vector<NewKey>& keys)
{
    std::string text;
    for (const NewKey& key : keys) {
        text.append(key.id.view()).append("  ").append(key.api_key.view()).append("\n");
    }
    return text;
}

std::string window_text(std::int64_t used, std::int64_t limit)
{
    return std::to_string(used) + " / " + (limit == 0 ? "unlimited" : std::to_string(limit));
}

KeyFilter list_filter(const Invocation& invocation)
{
    KeyFilter filter;
    constexpr std::int64_t limit_most = 100000;
    filter.limit = static_cast<std::size_t>(count_option(invocation, "limit", 1, limit_most, 100));
    filter.offset = static_cast<std::size_t>(count_option(invocation, "offset", 0, limit_max, 0));
    filter.search = invocation.value("search").value_or("");
    if (const auto user = invocation.value("user")) {
        filter.user = sought_name(*user);
    }
    if (const auto name = invocation.value("status")) {
        filter.status = parse_status(*name);
        if (!filter.status) {
            throw Error(ErrorCode::invalid_argument,
                        "--status \"" + std::string(*name) +
                            "\": expected active, disabled, expired or exhausted");
        }
    }
    if (const auto name = invocation.value("sort")) {
        const auto order = parse_order(*name);
        if (!order) {
            throw Error(ErrorCode::invalid_argument,
                        "--sort \"" + std::string(*name) +
                            "\": expected created, user, today or month");
        }
        filter.sort = *order;
    }
    const std::string_view direction = invocation.value("order").value_or("");
    if (!direction.empty() && direction != "asc" && direction != "desc") {
        throw Error(ErrorCode::invalid_argument,
                    "--order \"" + std::string(direction) + "\": expected asc or desc");
    }
    filter.descending =
        direction.empty() ? is_descending_by_default(filter.sort) : direction == "desc";
    return filter;
}

// Enough for a million keys; use that never ends must not keep the list from being shown.
constexpr int list_steps_max = 5000;

// Where no daemon runs nobody else keeps the views. A Redis that takes no writes is still listed.
void catch_up(Store& store)
{
    try {
        for (int step = 0; step < list_steps_max && ViewKeeper(store).catch_up(); step++) {
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::redis_refused) {
            throw;
        }
        std::cerr << "mmx-admind: the list may be out of date: " << error.what() << '\n';
    }
}

std::string list_text(const KeyPage& page, const Calendar& calendar, std::int64_t now)
{
    Table table({"ID", "KEY", "USER", "STATUS", "TODAY", "MONTH", "EXPIRES", "NOTE"});
    for (const Key& key : page.keys) {
        table.add({std::string(key.id.view()), key.hint, key.user,
                   std::string(status_name(key.status(now))),
                   window_text(key.day_used, key.limits.day),
                   window_text(key.month_used, key.limits.month),
                   time_text(key.expires_at, calendar), key.note.substr(0, key.note.find('\n'))});
    }
    return table.text() + std::to_string(page.keys.size()) + " of " +
           (page.truncated ? "more than " : "") + std::to_string(page.total) +
           (page.total == 1 ? " key\n" : " keys\n");
}

std::string key_text(const Key& key, const Calendar& calendar, std::int64_t now)
{
    Table table({"id", std::string(key.id.view())});
    table.add({"key", key.hint});
    table.add({"user", key.user});
    table.add({"status", std::string(status_name(key.status(now)))});
    table.add({"today", window_text(key.day_used, key.limits.day)});
    table.add({"this month", window_text(key.month_used, key.limits.month)});
    table.add({"expires", time_text(key.expires_at, calendar)});
    table.add({"networks", key.networks.empty() ? "any" : key.networks});
    table.add({"created", time_text(key.created_at, calendar, "unknown")});
    table.add({"last used", time_text(key.last_used_at, calendar)});
    if (!key.note.empty()) {
        table.add({"note", key.note});
    }
    for (const KeyId& earlier : key.rotated_from) {
        table.add({"rotated from", std::string(earlier.view())});
    }
    if (key.rotated_until != 0) {
        table.add({"grace ends", calendar.iso8601(key.rotated_until)});
    }
    return table.text();
}

}  // namespace

int print_key(Context& context, const KeyId& id)
{
    const std::int64_t now = context.now();
    const Calendar& calendar = context.calendar();
    const Key key = Keys(context.store()).require(id, calendar.day_at(now));
    context.print(keyed_json(key, calendar, now), key_text(key, calendar, now));
    return 0;
}

int run_key_create(Context& context, const Invocation& invocation)
{
    if (!invocation.has("user")) {
        throw Error(ErrorCode::invalid_argument, "key create needs --user NAME");
    }
    const std::int64_t count = count_option(invocation, "count", 1, batch_max, 1);
    const KeyChange wanted = key_options(context, invocation);
    const std::string fault =
        wanted.expires_at ? expiry_fault(*wanted.expires_at, 0, context.now()) : "";
    if (!fault.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "--expires " + std::string(*invocation.value("expires")) + " " + fault);
    }
    const std::vector<NewKey> keys =
        KeyChanges(context.store()).create(wanted, static_cast<std::size_t>(count));
    context.print(created_json(keys, true), created_text(keys));
    return 0;
}

int run_key_list(Context& context, const Invocation& invocation)
{
    const KeyFilter filter = list_filter(invocation);
    const std::int64_t now = context.now();
    const Calendar& calendar = context.calendar();
    catch_up(context.store());
    const KeyPage page = KeyList(context.store()).list(filter, calendar.day_at(now), now);
    context.print(key_page_json(page, filter, calendar, now), list_text(page, calendar, now));
    return 0;
}

int run_key_show(Context& context, const Invocation& invocation)
{
    return print_key(context, key_of_argument(context, invocation.argument));
}

}  // namespace mmx::admin
