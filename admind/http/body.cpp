#include "http/body.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/limits.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t shown_name_max = 64;  // of an unknown member's name, in messages

std::string range_text(Bounds bounds)
{
    return " from " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max);
}

void check_length(std::string_view name, std::string_view text, Bounds bytes)
{
    const auto size = static_cast<std::int64_t>(text.size());
    if (size < bytes.min) {
        refuse_field(name, bytes.min == 1
                               ? "must not be empty"
                               : "expected at least " + std::to_string(bytes.min) + " bytes");
    }
    if (size > bytes.max) {
        refuse_field(name, "is too long: at most " + std::to_string(bytes.max) + " bytes");
    }
}

std::size_t choose(std::string_view name, std::string_view text,
                   std::span<const std::string_view> choices)
{
    const auto found = std::ranges::find(choices, text);
    if (found == choices.end()) {
        std::string expected = "expected one of";
        for (const std::string_view choice : choices) {
            expected.append(" ").append(choice);
        }
        refuse_field(name, expected);
    }
    return static_cast<std::size_t>(found - choices.begin());
}

template <typename Value>
Value require(std::string_view name, std::optional<Value> value)
{
    if (!value) {
        refuse_field(name, "is missing");
    }
    return std::move(*value);
}

void wipe_texts(Json& json) noexcept
{
    if (auto* const text = json.get_ptr<Json::string_t*>()) {
        const WipedAtEnd wiped(*text);
    } else if (auto* const elements = json.get_ptr<Json::array_t*>()) {
        for (Json& element : *elements) {
            wipe_texts(element);
        }
    } else if (auto* const members = json.get_ptr<Json::object_t*>()) {
        for (auto& [name, value] : *members) {
            wipe_texts(value);
        }
    }
}

std::string shown(std::string_view name)
{
    return std::string(name.substr(0, shown_name_max));
}

}  // namespace

void refuse_field(std::string_view name, std::string_view what)
{
    // A cut name may end within a character; JSON text is made valid when it is written.
    throw Error(ErrorCode::invalid_argument, shown(name) + ": " + std::string(what), shown(name));
}

Body::Body(Json json) : json_(std::make_unique<Json>(std::move(json))) {}

Body::~Body()
{
    wipe_texts(*json_);
}

const Json* Body::find(std::string_view name)
{
    known_.emplace(name);
    const auto found = json_->find(std::string(name));
    return found == json_->end() ? nullptr : &*found;
}

bool Body::is_null(std::string_view name)
{
    const Json* value = find(name);
    return value != nullptr && value->is_null();
}

std::optional<std::string> Body::text(std::string_view name, Bounds bytes)
{
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        refuse_field(name, "expected text");
    }
    std::string text = value->get<std::string>();
    check_length(name, text, bytes);
    return text;
}

std::optional<SecretText> Body::secret(std::string_view name, Bounds bytes)
{
    auto member = text(name, bytes);
    return member ? std::optional(SecretText::adopt(*member)) : std::nullopt;
}

std::optional<std::int64_t> Body::number(std::string_view name, Bounds bounds)
{
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    // An unsigned number beyond the signed ones would turn negative.
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
    if (!fits || value->get<std::int64_t>() < bounds.min ||
        value->get<std::int64_t>() > bounds.max) {
        refuse_field(name, "expected a whole number" + range_text(bounds));
    }
    return value->get<std::int64_t>();
}

std::optional<bool> Body::flag(std::string_view name)
{
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        refuse_field(name, "expected true or false");
    }
    return value->get<bool>();
}

std::optional<std::size_t> Body::choice(std::string_view name,
                                        std::span<const std::string_view> choices)
{
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    return choose(name, value->is_string() ? value->get<std::string>() : "", choices);
}

std::optional<std::vector<std::string>> Body::texts(std::string_view name, Bounds count,
                                                    Bounds bytes)
{
    const Json* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto size = static_cast<std::int64_t>(value->is_array() ? value->size() : 0);
    if (!value->is_array() || size < count.min || size > count.max) {
        refuse_field(name, "expected a list of" + range_text(count) + " texts");
    }
    std::vector<std::string> texts;
    texts.reserve(value->size());
    for (const Json& element : *value) {
        if (!element.is_string()) {
            refuse_field(name, "expected a list of texts");
        }
        texts.push_back(element.get<std::string>());
        check_length(name, texts.back(), bytes);
    }
    return texts;
}

std::string Body::required_text(std::string_view name, Bounds bytes)
{
    return require(name, text(name, bytes));
}

SecretText Body::required_secret(std::string_view name, Bounds bytes)
{
    return require(name, secret(name, bytes));
}

std::size_t Body::required_choice(std::string_view name, std::span<const std::string_view> choices)
{
    return require(name, choice(name, choices));
}

std::vector<std::string> Body::required_texts(std::string_view name, Bounds count, Bounds bytes)
{
    return require(name, texts(name, count, bytes));
}

void Body::finish() const
{
    for (const auto& [name, value] : json_->items()) {
        if (!known_.contains(name)) {
            refuse_field(name, "is not known here");
        }
    }
}

const std::string* Query::find(std::string_view name)
{
    known_.emplace(name);
    const auto found = std::ranges::find(pairs_, name, &TextPairs::value_type::first);
    return found == pairs_.end() ? nullptr : &found->second;
}

std::optional<std::string> Query::text(std::string_view name, Bounds bytes)
{
    const std::string* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    check_length(name, *value, bytes);
    return *value;
}

std::optional<std::int64_t> Query::number(std::string_view name, Bounds bounds)
{
    const std::string* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto number = parse_limit(*value);
    if (!number || *number < bounds.min || *number > bounds.max) {
        refuse_field(name, "expected a whole number" + range_text(bounds));
    }
    return number;
}

std::optional<std::size_t> Query::choice(std::string_view name,
                                         std::span<const std::string_view> choices)
{
    const std::string* value = find(name);
    return value == nullptr ? std::nullopt : std::optional(choose(name, *value, choices));
}

void Query::finish() const
{
    for (const auto& [name, value] : pairs_) {
        if (!known_.contains(name)) {
            refuse_field(name, "is not a parameter of this address");
        }
    }
}

}  // namespace mmx::admin
