#pragma once

// A Redis in memory: the values and commands that the scripts, the settings and the daemon's
// changes need, each doing what Redis' own does. A command that is not known here fails, so that a
// script which begins to use it is noticed.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mmx::simulation {

struct Reply {
    enum class Kind : std::uint8_t { nil, integer, bulk, status, error, array };

    Kind kind = Kind::nil;
    std::int64_t integer = 0;
    std::string text;
    std::vector<Reply> items;

    static Reply number(std::int64_t value) { return {Kind::integer, value, {}, {}}; }
    static Reply bulk(std::string_view value) { return {Kind::bulk, 0, std::string(value), {}}; }
    static Reply status(std::string_view value)
    {
        return {Kind::status, 0, std::string(value), {}};
    }
    static Reply error(std::string_view value) { return {Kind::error, 0, std::string(value), {}}; }
    static Reply array() { return {Kind::array, 0, {}, {}}; }

    void append_to(std::string& out) const;  // as RESP
};

using Words = std::span<const std::string_view>;

class Database {
public:
    // Microseconds since 1970; it may step.
    std::int64_t now_us = 0;

    Reply call(Words words);

    // Without a command, for those who watch.
    std::optional<std::string_view> field(std::string_view name, std::string_view field);
    std::int64_t count(std::string_view name, std::string_view field);  // 0: absent
    std::vector<std::string> names() const;

private:
    using Hash = std::vector<std::pair<std::string, std::string>>;  // small, and in order
    using Set = std::map<std::string, double, std::less<>>;         // a set has scores of 0
    struct Value {
        std::variant<std::string, Hash, Set> content;
        std::int64_t expires_at = 0;  // seconds since 1970; 0: never
    };

    Value* find(std::string_view name);
    template <class T>
    T* find_as(std::string_view name);
    template <class T>
    T& make(std::string_view name);

    Reply hash_get(Words words);
    Reply hash_set(Words words);
    Reply hash_delete(Words words);
    Reply hash_all(std::string_view name, bool values);
    Reply sorted_set(Words words);
    Reply ranks(Words words);
    Reply scores(Words words);
    Reply key_command(Words words);
    Reply expire(std::string_view name, std::int64_t at);

    std::map<std::string, Value, std::less<>> values_;
};

}  // namespace mmx::simulation
