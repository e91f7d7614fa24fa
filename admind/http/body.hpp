#pragma once

// What a client sent, read strictly: a member or parameter that is unknown, repeated, of the wrong
// type or out of its range is refused with a message that says what is expected, and by name.
//
// A reader is asked for each member that an operation knows and then, by finish(), whether there
// was another. Everything throws Error{invalid_argument} or Error{invalid_json}.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace mmx::admin {

// Where a value has to lie: bytes of a text, or a whole number.
struct Bounds {
    std::int64_t min = 0;
    std::int64_t max = 0;
};

class Body {
public:
    explicit Body(Json json);
    ~Body();  // wipes the texts, which may hold a password
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    bool has(std::string_view name) { return find(name) != nullptr; }
    std::optional<std::string> text(std::string_view name, Bounds bytes);
    std::optional<SecretText> secret(std::string_view name, Bounds bytes);  // text that is one
    std::optional<std::int64_t> number(std::string_view name, Bounds bounds);
    std::optional<bool> flag(std::string_view name);
    // The place among the choices of what the member says.
    std::optional<std::size_t> choice(std::string_view name,
                                      std::span<const std::string_view> choices);
    std::optional<std::vector<std::string>> texts(std::string_view name, Bounds count,
                                                  Bounds bytes);
    bool is_null(std::string_view name);  // true only when it is there and says null

    // As above, for what must be there.
    std::string required_text(std::string_view name, Bounds bytes);
    SecretText required_secret(std::string_view name, Bounds bytes);
    std::size_t required_choice(std::string_view name, std::span<const std::string_view> choices);
    std::vector<std::string> required_texts(std::string_view name, Bounds count, Bounds bytes);

    // Throws when there is a member that nobody asked for.
    void finish() const;

private:
    const Json* find(std::string_view name);

    std::unique_ptr<Json> json_;  // never null
    std::set<std::string, std::less<>> known_;
};

class Query {
public:
    explicit Query(const TextPairs& pairs) : pairs_(pairs) {}

    std::optional<std::string> text(std::string_view name, Bounds bytes);
    std::optional<std::int64_t> number(std::string_view name, Bounds bounds);
    std::optional<std::size_t> choice(std::string_view name,
                                      std::span<const std::string_view> choices);
    void finish() const;

private:
    const std::string* find(std::string_view name);

    const TextPairs& pairs_;
    std::set<std::string, std::less<>> known_;
};

// Error{invalid_argument}: `day: expected a whole number`, with the field.
[[noreturn]] void refuse_field(std::string_view name, std::string_view what);

}  // namespace mmx::admin
