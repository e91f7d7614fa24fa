#include "world/daemon.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/loop.hpp"
#include "lib/redis_keys.hpp"
#include "world/trace.hpp"

namespace mmx::simulation {
namespace {

constexpr std::int64_t look_again_us = 5000, slack_us = 20'000;
constexpr std::size_t rotations_max = 2;
constexpr std::array<std::string_view, 3> lists = {"", "10.0.0.0/8", "10.1.0.0/16,192.168.0.0/16"};

}  // namespace

KeyId Daemon::draw_id()
{
    return *KeyId::parse(random_.hex(32));
}

void Daemon::set(const KeyAccount& key, std::string_view field, std::string_view value)
{
    const std::string record = redis_keys::record(key.id());
    const std::array<std::string_view, 4> set = {"HSET", record, field, value};
    const std::array<std::string_view, 3> unset = {"HDEL", record, field};
    value.empty() || value == "0" ? server_.database.call(unset) : server_.database.call(set);
}

void Daemon::create(const KeyPlan& plan)
{
    const std::size_t number = book_.keys.size();
    KeyAccount& key = book_.keys.emplace_back();
    key.ids.push_back(draw_id());
    book_.name(key.id(), number);
    key.day_limit = plan.day;
    key.month_limit = plan.month;
    set(key, redis_keys::field::state, "active");
    set(key, redis_keys::field::day, std::to_string(plan.day));
    set(key, redis_keys::field::month, std::to_string(plan.month));
    list(key, plan.networks);
    const std::string about = redis_keys::about(key.id());
    const std::array<std::string_view, 4> words = {"HSET", about, "user", "somebody"};
    server_.database.call(words);
    const std::string created = std::to_string(server_.database.now_us / 1000000);
    const std::array<std::string_view, 4> listed = {"ZADD", redis_keys::index, created,
                                                    key.id().view()};
    server_.database.call(listed);
}

void Daemon::change_something()
{
    const auto number =
        static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(book_.keys.size())));
    KeyAccount& key = book_.keys[number];
    if (key.deleted) {
        return;
    }
    const std::int64_t before = book_.out(key);
    const std::int64_t dice = random_.below(100);
    if (dice < 40) {
        toggle(key);
    } else if (dice < 75) {
        limit(key);
    } else if (dice < 85) {
        list(key, lists[static_cast<std::size_t>(random_.below(lists.size()))]);
    } else if (dice < 98) {
        rotate(number);
    } else {
        remove(number);
    }
    call_back(number, before);
}

void Daemon::call_back(std::size_t number, std::int64_t out_before)
{
    KeyAccount& key = book_.keys[number];
    std::vector<std::string_view> ids;
    for (const KeyId& id : key.ids) {
        ids.push_back(id.view());
    }
    const std::array<std::string_view, 1> recalls = {redis_keys::recalls};
    const Reply reply = server_.run_script("recall", recalls, ids);
    if (reply.kind != Reply::Kind::bulk) {
        return book_.fail("recall.lua answers " + reply.text);
    }
    const std::uint64_t change = ++key.changes;
    book_.written(number);
    if (out_before == 0) {
        return book_.confirmed(number);
    }
    await(number, change, clock_us + lease_us_ + slack_us);
}

// A later change of the same key is confirmed for both.
void Daemon::await(std::size_t number, std::uint64_t change, std::int64_t until)
{
    agenda_.add(std::min(clock_us + look_again_us, until), nullptr, [this, number, change, until] {
        const KeyAccount& key = book_.keys[number];
        if (key.changes != change) {
            return;
        }
        if (clock_us < until && (key.deleted || book_.out(key) > 0)) {
            return await(number, change, until);
        }
        trace("a change is confirmed");
        book_.confirmed(number);
    });
}

void Daemon::toggle(KeyAccount& key)
{
    const bool disable = !key.disabled;
    trace(disable ? "the daemon disables a key" : "the daemon enables a key");
    set(key, redis_keys::field::state, disable ? "disabled" : "active");
    key.disabled = disable;
    key.disabled_last = step;
}

void Daemon::limit(KeyAccount& key)
{
    const bool of_month = random_.chance(30);
    std::int64_t& limit = of_month ? key.month_limit : key.day_limit;
    const std::int64_t former = limit;
    limit = random_.chance(10) ? 0 : random_.spread(1, 200);
    trace([&] {
        return "the daemon changes a limit from " + std::to_string(former) + " to " +
               std::to_string(limit);
    });
    set(key, of_month ? redis_keys::field::month : redis_keys::field::day, std::to_string(limit));
}

void Daemon::list(KeyAccount& key, std::string_view networks)
{
    trace("the daemon sets a network list");
    set(key, redis_keys::field::networks, networks);
    key.closed_last = key.networks.empty() ? key.closed_last : step;
    key.networks = *Networks::parse(networks);
    key.listed_since = never;
}

void Daemon::rotate(std::size_t number)
{
    KeyAccount& key = book_.keys[number];
    if (key.ids.size() > rotations_max) {
        return;
    }
    trace("the daemon rotates a key");
    const KeyId from = key.id(), to = draw_id();
    const std::int64_t now = server_.database.now_us / 1000000;
    const std::int64_t until = now + random_.spread(1, 3600);

    std::vector<std::string> names = {redis_keys::record(from), redis_keys::record(to),
                                      redis_keys::about(from), redis_keys::about(to),
                                      std::string(redis_keys::index)};
    std::vector<std::string> months;
    for (const KeyAccount::Day& day : key.days) {
        const std::string month = day.date.substr(0, 7);
        if (std::find(months.begin(), months.end(), month) == months.end()) {
            months.push_back(month);
            names.push_back(redis_keys::archive(from, month));
            names.push_back(redis_keys::archive(to, month));
        }
    }
    std::string earlier;
    for (std::size_t i = 0; i + 1 < key.ids.size(); ++i) {
        names.push_back(redis_keys::record(key.ids[i]));
        earlier.append(earlier.empty() ? "" : ",").append(key.ids[i].view());
    }
    const std::array<std::string, 8> values = {std::string(from.view()),
                                               std::string(to.view()),
                                               std::to_string(now),
                                               std::to_string(until),
                                               "hint",
                                               "sealed",
                                               earlier,
                                               std::to_string(months.size())};
    const std::vector<std::string_view> all_names(names.begin(), names.end()),
        all_values(values.begin(), values.end());
    const Reply reply = server_.run_script("rotate", all_names, all_values);
    if (reply.kind != Reply::Kind::integer || reply.integer != 1) {
        return book_.fail("rotate.lua answers " + reply.text);
    }
    key.ids.push_back(to);
    book_.name(to, number);
    key.rotated_last = step;
}

void Daemon::remove(std::size_t number)
{
    trace("the daemon deletes a key");
    KeyAccount& key = book_.keys[number];
    book_.forget(number);
    for (const KeyId& id : key.ids) {
        for (const std::string& name : server_.database.names()) {
            if (name.find(id.view()) != std::string::npos) {
                const std::array<std::string_view, 2> words = {"DEL", name};
                server_.database.call(words);
            }
        }
    }
}

}  // namespace mmx::simulation
