// The part of store.hpp that gives a key a new text and id.

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "format/json.hpp"
#include "lib/redis_keys.hpp"
#include "lib/scripts/scripts.hpp"
#include "lib/times.hpp"
#include "store/store.hpp"

namespace mmx::admin {

// One more on either side: a gateway's clock may have been off.
std::vector<std::string> archive_months(const Calendar& calendar, std::int64_t created_at,
                                        std::int64_t now)
{
    const std::string first = calendar.day_at(std::min(created_at, now)).date;
    const std::string last = calendar.day_at(now).date;
    return months_between(add_days(first, -31).substr(0, 7), add_days(last, 31).substr(0, 7));
}

void Store::rotate(const KeyId& id, const NewKey& replacement, std::int64_t grace)
{
    const auto replies =
        apply({redis_keys::about(id), std::string(redis_keys::index)}, [&](std::int64_t time) {
            const Key key = require(id);
            if (!key.faults.empty()) {
                throw Error(ErrorCode::conflict, key.faults.front() + ": see `mmx-admind check`");
            }
            const Calendar calendar = load_calendar(settings());
            const auto months = archive_months(calendar, key.created_at, time);
            const KeyId& new_id = replacement.id;
            std::vector<std::string> names{redis_keys::record(id), redis_keys::record(new_id),
                                           redis_keys::about(id), redis_keys::about(new_id),
                                           std::string(redis_keys::index)};
            for (const std::string& month : months) {
                names.push_back(redis_keys::archive(id, month));
                names.push_back(redis_keys::archive(new_id, month));
            }
            std::string earlier;
            const std::vector<bool> kept = taken(key.rotated_from);
            for (std::size_t i = 0; i < kept.size(); i++) {
                if (kept[i]) {
                    names.push_back(redis_keys::record(key.rotated_from[i]));
                    earlier +=
                        (earlier.empty() ? "" : ",") + std::string(key.rotated_from[i].view());
                }
            }
            Command eval{"EVAL", scripts::rotate, std::to_string(names.size())};
            for (const std::string& name : names) {
                eval.add(name);
            }
            eval.add(id.view(), new_id.view());
            eval.add(std::to_string(time), std::to_string(time + grace));
            eval.add(api_key_hint(replacement.api_key),
                     secrets_.seal_key(new_id, replacement.api_key));
            eval.add(earlier, std::to_string(months.size()));
            std::vector<Command> commands = search_commands({id}, SearchAction::remove);
            commands.push_back(eval);
            std::ranges::move(search_commands({id, new_id}, SearchAction::add),
                              std::back_inserter(commands));
            std::ranges::move(place_commands({id, new_id}, calendar.day_at(time), time),
                              std::back_inserter(commands));
            return Change{
                commands,
                {audit_entry("key.rotate", id.view(), rotation_detail(new_id, time + grace))}};
        });
    constexpr std::size_t place_of_script = 1;  // behind the removal of what finds the old key
    if (replies.size() <= place_of_script || replies[place_of_script].integer != 1) {
        throw Error(ErrorCode::conflict,
                    "key " + std::string(id.view()) + " was changed meanwhile: look again");
    }
}

}  // namespace mmx::admin
