#include "base/json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace mmx::admin {
namespace {

constexpr std::size_t shown_name_max = 64;  // bytes of a member's name, in messages

[[noreturn]] void refuse(const std::string& fault, const std::string& field = {})
{
    throw Error(ErrorCode::invalid_json, fault, field);
}

// Watches the parser for what it lets pass by itself.
class Watch {
public:
    // depth: of what the event happens in; the outermost object begins at 0.
    void see(std::size_t depth, Json::parse_event_t event, const Json& parsed)
    {
        switch (event) {
        case Json::parse_event_t::object_start:
            check_depth(depth);
            names_.emplace_back();
            return;
        case Json::parse_event_t::array_start:
            if (depth == 0) {
                refuse("expected a JSON object");
            }
            return check_depth(depth);
        case Json::parse_event_t::object_end: names_.pop_back(); return;
        case Json::parse_event_t::key: return check_name(parsed.get_ref<const std::string&>());
        case Json::parse_event_t::array_end:
        case Json::parse_event_t::value: return;
        }
    }

private:
    static void check_depth(std::size_t depth)
    {
        if (depth >= json_depth_max) {
            refuse("the JSON is nested deeper than " + std::to_string(json_depth_max) + " levels");
        }
    }

    void check_name(const std::string& name)
    {
        // An object in the order of its members looks through all of them for each that comes.
        if (names_.back().size() == json_members_max) {
            refuse("an object of the JSON has more than " + std::to_string(json_members_max) +
                   " members");
        }
        if (!names_.back().insert(name).second) {
            const std::string field = name.substr(0, shown_name_max);
            refuse("the member " + field + " is given twice", field);
        }
    }

    std::vector<std::set<std::string, std::less<>>> names_;  // of each object that is open
};

}  // namespace

std::string to_text(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json error_json(ErrorCode code, std::string_view message)
{
    return {{"error", {{"code", error_code_name(code)}, {"message", message}}}};
}

Json parse_json_object(std::string_view text)
{
    if (text.empty()) {
        return Json::object();
    }
    Watch watch;
    Json json = Json::parse(
        text.begin(), text.end(),
        [&](int depth, Json::parse_event_t event, Json& parsed) {
            watch.see(static_cast<std::size_t>(depth), event, parsed);
            return true;
        },
        false);
    if (json.is_discarded()) {
        refuse("the body is not valid JSON in UTF-8");
    }
    if (!json.is_object()) {
        refuse("expected a JSON object");
    }
    return json;
}

}  // namespace mmx::admin
