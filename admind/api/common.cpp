#include "api/common.hpp"

#include <nlohmann/json.hpp>

#include "api/entity_tag.hpp"
#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/names.hpp"
#include "format/json.hpp"
#include "lib/times.hpp"
#include "store/keys.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds date_length{10, 10};
constexpr std::string_view date_min = "1970-01-01", date_max = "9998-12-31";  // as Calendar's

std::string date_parameter(Call& call, std::string_view name, std::string_view otherwise)
{
    const auto text = call.query().text(name, date_length);
    if (text && (!is_date(*text) || *text < date_min || *text > date_max)) {
        refuse_field(name, "expected a date such as 2026-11-22");
    }
    return text.value_or(std::string(otherwise));
}

}  // namespace

KeyId key_of_path(Call& call)
{
    const auto id = KeyId::parse(call.parameter());
    if (!id) {
        throw Error(ErrorCode::not_found, "there is no such key");
    }
    return *id;
}

Key find_key(Call& call, const KeyId& id)
{
    return Keys(call.store()).require(id, call.today());
}

Response keyed_response(Call& call, const Key& key)
{
    Response response = json_response(keyed_json(key, call.calendar(), call.now()));
    return std::move(response.set("ETag", tag_of(key)));
}

DateRange date_range(Call& call)
{
    DateRange range;
    range.to = date_parameter(call, "to", call.today().date);
    range.from =
        date_parameter(call, "from", add_days(range.to, 1 - static_cast<int>(usage_days_default)));
    if (range.from > range.to) {
        refuse_field("from", "is later than to");
    }
    if (add_days(range.from, static_cast<int>(usage_days_max)) <= range.to) {
        refuse_field("from", "expected at most " + std::to_string(usage_days_max) + " days");
    }
    return range;
}

std::string checked_name(std::string_view field, std::string_view name, std::size_t max)
{
    Result<std::string> normal = normal_name(name, max);
    if (!normal) {
        refuse_field(field, normal.fault());
    }
    return std::move(*normal);
}

std::string checked_text(std::string_view field, std::string text, std::size_t max, bool multiline)
{
    if (const std::string fault = text_fault(text, max, multiline); !fault.empty()) {
        refuse_field(field, fault);
    }
    return text;
}

void put_zone(Json& json, Call& call)
{
    json["timezone"] = call.calendar().timezone();
    json["utc_offset"] = call.calendar().offset_label(call.now());
}

Response csv_response(std::string_view file_name, std::string text)
{
    Response response;
    response.type = "text/csv; charset=utf-8";
    response.body = std::string(byte_order_mark) + std::move(text);
    response.set("Content-Disposition", "attachment; filename=\"" + std::string(file_name) + "\"");
    return response;
}

}  // namespace mmx::admin
