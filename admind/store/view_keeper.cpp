#include "store/view_keeper.hpp"

#include "lib/redis_keys.hpp"
#include "store/key_guard.hpp"
#include "store/settings.hpp"
#include "store/views.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

std::vector<KeyId> ids_of_members(const std::vector<Reply>& members)
{
    std::vector<KeyId> ids;
    for (const Reply& member : members) {
        if (const auto id = KeyId::parse(member.text)) {
            ids.push_back(*id);
        }
    }
    return ids;
}

// The cursor is a key's time of creation and id, so that the walk knows where to go on when that
// key has been deleted meanwhile: with the first of the same time.
std::int64_t rank_behind(RedisClient& redis, const std::string& cursor)
{
    const std::size_t border = cursor.find(' ');
    if (border == std::string::npos) {
        return 0;
    }
    const Reply rank = redis.call(Command{"ZRANK", redis_keys::index, cursor.substr(border + 1)});
    if (!rank.is_nil()) {
        return rank.integer + 1;
    }
    return redis.call(Command{"ZCOUNT", redis_keys::index, "-inf", "(" + cursor.substr(0, border)})
        .integer;
}

// Whether as many keys are placed as there are. One that an older program made or deleted beside us
// is missed by every place but this one. Unknown counts as complete.
bool is_complete(RedisClient& redis)
{
    const auto counts =
        redis.transact({Command{"ZCARD", redis_keys::index}, Command{"HLEN", redis_keys::placed}});
    return !counts || counts->at(0).integer == counts->at(1).integer;
}

}  // namespace

bool ViewKeeper::catch_up(std::size_t bound)
{
    const Settings settings = read_settings(store_);
    if (!settings.exist) {
        return false;
    }
    const std::int64_t time = store_.now();
    const QuotaDay at = load_calendar(settings).day_at(time);
    const Reply kept = store_.redis().call(Command{"HMGET", redis_keys::views, field::views_version,
                                                   field::views_date, field::views_cursor});
    Command set{"HSET", redis_keys::views, field::views_date, at.date};
    set.add(field::views_cursor, "");
    const bool is_new_date = kept.elements.at(1).text != at.date;
    const bool is_walking = !kept.elements.at(2).is_nil();
    if (kept.elements.at(0).text != views_version ||
        (is_new_date && !is_walking && !is_complete(store_.redis()))) {
        Command unlink{"UNLINK"};
        for (const std::string& name : view_names()) {
            unlink.add(name);
        }
        set.add(field::views_version, views_version).add(field::views_search, "1");
        store_.redis().transact({unlink, set});
        return true;
    }
    if (is_new_date) {
        store_.redis().call(set);
        return true;
    }
    const bool touched = place_touched(bound, at, time);
    const bool expired = place_expired(bound, at, time);
    bool walking = is_walking;
    for (int batch = 0; walking && batch < walk_batches_max; batch++) {
        walking = walk_on(bound, at, time);
    }
    return touched || expired || walking;
}

// An id is taken off the list in the step that places it by its record as it stands then: one that
// is touched meanwhile is either placed with that use, or is on the list again.
bool ViewKeeper::place_touched(std::size_t bound, const QuotaDay& at, std::int64_t now)
{
    const Reply touched =
        store_.redis()
            .pipeline({Command{"SRANDMEMBER", redis_keys::touched, std::to_string(bound)}})
            .front();
    if (is_of_another_kind(touched)) {  // somebody else wrote it, and use could not be named
        store_.redis().call(Command{"UNLINK", redis_keys::touched});
        return false;
    }
    if (checked(touched).elements.empty()) {
        return false;
    }
    const std::vector<KeyId> ids = ids_of_members(touched.elements);
    if (guarded_) {
        KeyGuard(store_).verify(ids, at);
    }
    Command remove{"SREM", redis_keys::touched};
    for (const Reply& member : touched.elements) {
        remove.add(member.text);
    }
    std::vector<Command> commands{remove};
    append(place_commands(ids, at, now), commands);
    store_.redis().transact(commands);
    return touched.elements.size() == bound;
}

bool ViewKeeper::place_expired(std::size_t bound, const QuotaDay& at, std::int64_t now)
{
    const Reply due =
        store_.redis().call(Command{"ZRANGEBYSCORE", redis_keys::expiry, "-inf",
                                    std::to_string(now), "LIMIT", "0", std::to_string(bound)});
    for (const Command& place : place_commands(ids_of_members(due.elements), at, now)) {
        store_.redis().call(place);
    }
    return due.elements.size() == bound;
}

// The next keys of the walk over all, from the oldest on. Of several processes one gets on, and the
// others look again.
bool ViewKeeper::walk_on(std::size_t bound, const QuotaDay& at, std::int64_t now)
{
    const std::vector<Reply> replies = store_.redis().pipeline(
        {Command{"WATCH", redis_keys::views},
         Command{"HMGET", redis_keys::views, field::views_cursor, field::views_search}});
    checked(replies[0]);
    const Reply& kept = checked(replies[1]);
    if (kept.elements.at(0).is_nil()) {
        store_.redis().call(Command{"UNWATCH"});
        return false;
    }
    const std::int64_t rank = rank_behind(store_.redis(), kept.elements[0].text);
    const Reply batch = store_.redis().call(
        Command{"ZRANGE", redis_keys::index, std::to_string(rank),
                std::to_string(rank + static_cast<std::int64_t>(bound) - 1), "WITHSCORES"});
    std::vector<Reply> members;
    for (std::size_t i = 0; i < batch.elements.size(); i += 2) {
        members.push_back(batch.elements[i]);
    }
    const std::vector<KeyId> ids = ids_of_members(members);
    std::vector<Command> commands = place_commands(ids, at, now);
    if (!kept.elements.at(1).is_nil()) {
        append(search_commands(ids, SearchAction::add), commands);
    }
    const bool ended = members.size() < bound;
    if (ended) {
        commands.push_back(
            Command{"HDEL", redis_keys::views, field::views_cursor, field::views_search});
    } else {
        commands.push_back(Command{"HSET", redis_keys::views, field::views_cursor,
                                   batch.elements.back().text + " " + members.back().text});
    }
    return !store_.redis().transact(commands) || !ended;
}

void ViewKeeper::require_built()
{
    for (;;) {
        const Reply kept = store_.redis().call(
            Command{"HMGET", redis_keys::views, field::views_version, field::views_search});
        if (kept.elements.at(0).text == views_version && kept.elements.at(1).is_nil()) {
            return;
        }
        if (!catch_up()) {
            return;
        }
    }
}

}  // namespace mmx::admin
