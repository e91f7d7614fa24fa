#include "ask.hpp"

#include <nlohmann/json.hpp>

namespace upstream {

namespace {

using nlohmann::json;

constexpr int kept_depth = 2;  // stream_options.include_usage is the deepest thing looked at

bool flag(const json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

Ask read_ask(std::string_view body)
{
    // Deeper values are checked, then dropped: a prompt may be 64 MB of messages.
    const auto keep = [](int depth, json::parse_event_t event, json&) {
        return depth < kept_depth || event == json::parse_event_t::value ||
               event == json::parse_event_t::key;
    };
    const json object = json::parse(body, keep, false);
    Ask ask;
    if (!object.is_object()) {
        return ask;
    }
    ask.valid = true;
    if (const auto model = object.find("model"); model != object.end() && model->is_string()) {
        ask.model = model->get<std::string>();
    }
    ask.stream = flag(object, "stream");
    const auto options = object.find("stream_options");
    ask.include_usage =
        options != object.end() && options->is_object() && flag(*options, "include_usage");
    ask.cache_control = body.find("\"cache_control\"") != std::string_view::npos;
    return ask;
}

}  // namespace upstream
