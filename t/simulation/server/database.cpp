#include "server/database.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>

namespace mmx::simulation {
namespace {

std::int64_t number_of(std::string_view text)
{
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

template <class Hash>
auto find_field(Hash& hash, std::string_view name)
{
    return std::ranges::find_if(hash, [&](const auto& field) { return field.first == name; });
}

std::string score_text(double score)
{
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.17g", score)));
    return text;
}

using Ordered = std::vector<std::pair<double, std::string>>;

// As Redis has the members: by score, and of the same score by name.
template <class Set>
Ordered ordered(const Set& set, bool reversed)
{
    Ordered all;
    for (const auto& [name, score] : set) {
        all.emplace_back(score, name);
    }
    std::ranges::sort(all);
    if (reversed) {
        std::ranges::reverse(all);
    }
    return all;
}

void append_member(Reply& reply, std::string_view name, double score, bool with_score)
{
    reply.items.push_back(Reply::bulk(name));
    if (with_score) {
        reply.items.push_back(Reply::bulk(score_text(score)));
    }
}

// `12`, `(12` without 12 itself, `-inf` or `+inf`.
struct Bound {
    explicit Bound(std::string_view text) : open(text.starts_with('('))
    {
        text.remove_prefix(open ? 1 : 0);
        constexpr double infinity = std::numeric_limits<double>::infinity();
        at = text == "+inf"   ? infinity
             : text == "-inf" ? -infinity
                              : static_cast<double>(number_of(text));
    }

    double at;
    bool open;
};

}  // namespace

void Reply::append_to(std::string& out) const
{
    switch (kind) {
    case Kind::nil: out += "$-1\r\n"; return;
    case Kind::integer: out.append(":").append(std::to_string(integer)).append("\r\n"); return;
    case Kind::status: out.append("+").append(text).append("\r\n"); return;
    case Kind::error: out.append("-").append(text).append("\r\n"); return;
    case Kind::bulk:
        out.append("$").append(std::to_string(text.size())).append("\r\n");
        out.append(text).append("\r\n");
        return;
    case Kind::array:
        out.append("*").append(std::to_string(items.size())).append("\r\n");
        for (const Reply& item : items) {
            item.append_to(out);
        }
    }
}

Database::Value* Database::find(std::string_view name)
{
    const auto found = values_.find(name);
    if (found == values_.end()) {
        return nullptr;
    }
    if (found->second.expires_at != 0 && found->second.expires_at <= now_us / 1000000) {
        values_.erase(found);
        return nullptr;
    }
    return &found->second;
}

template <class T>
T* Database::find_as(std::string_view name)
{
    Value* value = find(name);
    return value == nullptr ? nullptr : std::get_if<T>(&value->content);
}

template <class T>
T& Database::make(std::string_view name)
{
    if (T* there = find_as<T>(name)) {
        return *there;
    }
    Value& value = values_[std::string(name)];
    value = Value{T{}, 0};
    return std::get<T>(value.content);
}

std::optional<std::string_view> Database::field(std::string_view name, std::string_view field)
{
    Hash* hash = find_as<Hash>(name);
    if (hash == nullptr) {
        return std::nullopt;
    }
    const auto found = find_field(*hash, field);
    return found == hash->end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::int64_t Database::count(std::string_view name, std::string_view field_name)
{
    return number_of(field(name, field_name).value_or("0"));
}

std::vector<std::string> Database::names() const
{
    std::vector<std::string> all;
    for (const auto& [name, value] : values_) {
        all.push_back(name);
    }
    return all;
}

Reply Database::call(Words words)
{
    if (words.size() < 2) {
        return words.size() == 1 && words[0] == "TIME"
                   ? Reply{Reply::Kind::array,
                           0,
                           {},
                           {Reply::bulk(std::to_string(now_us / 1000000)),
                            Reply::bulk(std::to_string(now_us % 1000000))}}
                   : Reply::error("ERR wrong number of arguments");
    }
    const std::string_view verb = words[0];
    if (verb == "HMGET" || verb == "HGET") {
        return hash_get(words);
    }
    if (verb == "HSET") {
        return hash_set(words);
    }
    if (verb == "HDEL") {
        return hash_delete(words);
    }
    if (verb == "HLEN") {
        const Hash* hash = find_as<Hash>(words[1]);
        return Reply::number(hash == nullptr ? 0 : static_cast<std::int64_t>(hash->size()));
    }
    if (verb == "HKEYS" || verb == "HGETALL") {
        return hash_all(words[1], verb == "HGETALL");
    }
    if (verb.starts_with('Z') || verb == "SADD") {
        return sorted_set(words);
    }
    return key_command(words);
}

Reply Database::hash_get(Words words)
{
    const Hash* hash = find_as<Hash>(words[1]);
    const auto get = [&](std::string_view name) {
        const auto found = hash == nullptr ? Hash::const_iterator{} : find_field(*hash, name);
        return hash == nullptr || found == hash->end() ? Reply{} : Reply::bulk(found->second);
    };
    if (words[0] == "HGET") {
        return get(words[2]);
    }
    Reply all = Reply::array();
    all.items.reserve(words.size() - 2);
    for (std::string_view name : words.subspan(2)) {
        all.items.push_back(get(name));
    }
    return all;
}

Reply Database::hash_set(Words words)
{
    Hash& hash = make<Hash>(words[1]);
    std::int64_t added = 0;
    for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
        const auto found = find_field(hash, words[i]);
        if (found != hash.end()) {
            found->second = words[i + 1];
        } else {
            hash.emplace_back(words[i], words[i + 1]);
            ++added;
        }
    }
    return Reply::number(added);
}

Reply Database::hash_delete(Words words)
{
    Hash* hash = find_as<Hash>(words[1]);
    if (hash == nullptr) {
        return Reply::number(0);
    }
    const std::size_t before = hash->size();
    for (std::string_view name : words.subspan(2)) {
        std::erase_if(*hash, [&](const auto& field) { return field.first == name; });
    }
    const auto removed = static_cast<std::int64_t>(before - hash->size());
    if (hash->empty()) {
        values_.erase(std::string(words[1]));
    }
    return Reply::number(removed);
}

Reply Database::hash_all(std::string_view name, bool values)
{
    Reply all = Reply::array();
    if (const Hash* hash = find_as<Hash>(name)) {
        for (const auto& [field, value] : *hash) {
            all.items.push_back(Reply::bulk(field));
            if (values) {
                all.items.push_back(Reply::bulk(value));
            }
        }
    }
    return all;
}

Reply Database::sorted_set(Words words)
{
    const std::string_view verb = words[0];
    if (verb == "ZADD" || verb == "SADD") {
        Set& set = make<Set>(words[1]);
        const std::size_t before = set.size();
        for (std::size_t i = 2; i < words.size(); ++i) {
            const double score = verb == "ZADD" ? static_cast<double>(number_of(words[i++])) : 0;
            set[std::string(words[i])] = score;
        }
        return Reply::number(static_cast<std::int64_t>(set.size() - before));
    }
    if (verb == "ZREVRANGEBYSCORE") {
        return scores(words);
    }
    if (verb == "ZRANGE" || verb == "ZREVRANGE" || verb == "ZREMRANGEBYRANK") {
        return ranks(words);
    }
    Set* set = find_as<Set>(words[1]);
    if (verb == "ZCARD") {
        return Reply::number(set == nullptr ? 0 : static_cast<std::int64_t>(set->size()));
    }
    const auto found = set == nullptr ? Set::iterator{} : set->find(words[2]);
    const bool there = set != nullptr && found != set->end();
    if (verb == "ZSCORE") {
        return there ? Reply::bulk(score_text(found->second)) : Reply{};
    }
    if (verb == "ZREM") {
        if (there) {
            set->erase(found);
        }
        return Reply::number(there ? 1 : 0);
    }
    return Reply::error("ERR unknown command");
}

// By rank: some of them with their scores, or none of them any more.
Reply Database::ranks(Words words)
{
    Set* set = find_as<Set>(words[1]);
    const auto all = set == nullptr ? Ordered{} : ordered(*set, words[0] == "ZREVRANGE");
    const auto count = static_cast<std::int64_t>(all.size());
    const auto rank = [&](std::string_view text) {
        const std::int64_t number = number_of(text);
        return number < 0 ? number + count : number;
    };
    const std::int64_t first = std::max<std::int64_t>(rank(words[2]), 0);
    const std::int64_t last = std::min(rank(words[3]), count - 1);
    Reply some = Reply::array();
    for (std::int64_t i = first; i <= last; ++i) {
        const auto& [score, name] = all[static_cast<std::size_t>(i)];
        append_member(some, name, score, words.size() > 4);
        if (words[0] == "ZREMRANGEBYRANK") {
            set->erase(name);
        }
    }
    return words[0] == "ZREMRANGEBYRANK"
               ? Reply::number(static_cast<std::int64_t>(some.items.size()))
               : some;
}

// key, highest, lowest, WITHSCORES or not, LIMIT, how many to leave out, and how many at most.
Reply Database::scores(Words words)
{
    Set* set = find_as<Set>(words[1]);
    const Bound highest(words[2]), lowest(words[3]);
    const bool with_score = words[4] == "WITHSCORES";
    const Words bounds = words.subspan(with_score ? 6 : 5);
    std::int64_t leaves_out = number_of(bounds[0]), left = number_of(bounds[1]);
    Reply some = Reply::array();
    for (const auto& [score, name] : set == nullptr ? Ordered{} : ordered(*set, true)) {
        const bool below = score < highest.at || (score == highest.at && !highest.open);
        const bool above = score > lowest.at || (score == lowest.at && !lowest.open);
        if (below && above && --leaves_out < 0 && --left >= 0) {
            append_member(some, name, score, with_score);
        }
    }
    return some;
}

Reply Database::key_command(Words words)
{
    const std::string_view verb = words[0], name = words[1];
    if (verb == "EXISTS") {
        return Reply::number(std::ranges::count_if(
            words.subspan(1), [&](std::string_view one) { return find(one) != nullptr; }));
    }
    if (verb == "DEL") {
        Value* there = find(name);
        values_.erase(std::string(name));
        return Reply::number(there != nullptr ? 1 : 0);
    }
    if (verb == "GET") {
        const std::string* text = find_as<std::string>(name);
        return text == nullptr ? Reply{} : Reply::bulk(*text);
    }
    if (verb == "INCR") {
        std::string& text = make<std::string>(name);
        const std::int64_t value = number_of(text) + 1;
        text = std::to_string(value);
        return Reply::number(value);
    }
    if (verb == "EXPIRE") {
        return expire(name, now_us / 1000000 + number_of(words[2]));
    }
    if (verb == "EXPIREAT") {
        return expire(name, number_of(words[2]));
    }
    if (verb == "RENAME") {
        if (find(name) == nullptr) {
            return Reply::error("ERR no such key");
        }
        auto moved = values_.extract(values_.find(name));
        values_.erase(std::string(words[2]));
        moved.key() = words[2];
        values_.insert(std::move(moved));
        return Reply::status("OK");
    }
    return Reply::error("ERR unknown command");
}

Reply Database::expire(std::string_view name, std::int64_t at)
{
    Value* value = find(name);
    if (value != nullptr) {
        value->expires_at = at;
    }
    return Reply::number(value != nullptr ? 1 : 0);
}

}  // namespace mmx::simulation
