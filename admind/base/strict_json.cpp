// parse_body of body.hpp.

#include "http/body.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t shown_name_max = 64;  // bytes of a member's name, in messages

// Checks what the parser itself lets pass, and keeps what it is told. Depth is counted here
// because the parser's own recursion has no bound.
class StrictReader : public nlohmann::json_sax<Json> {
public:
    using Base = nlohmann::json_sax<Json>;

    std::string fault, field;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }

    bool start_object(std::size_t) override
    {
        names_.emplace_back();
        return enter();
    }
    bool start_array(std::size_t) override
    {
        if (depth_ == 0) {
            fault = "expected a JSON object";
            return false;
        }
        return enter();
    }
    bool end_object() override
    {
        names_.pop_back();
        depth_--;
        return true;
    }
    bool end_array() override
    {
        depth_--;
        return true;
    }
    bool key(string_t& name) override
    {
        if (!names_.back().insert(name).second) {
            field = name.substr(0, shown_name_max);
            fault = "the member " + field + " is given twice";
            return false;
        }
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override
    {
        fault = "the body is not valid JSON in UTF-8";
        return false;
    }

private:
    bool enter()
    {
        if (++depth_ > json_depth_max) {
            fault = "the JSON is nested deeper than " + std::to_string(json_depth_max) + " levels";
            return false;
        }
        return true;
    }

    std::vector<std::set<std::string, std::less<>>> names_;
    std::size_t depth_ = 0;
};

}  // namespace

Json parse_body(std::string_view text)
{
    if (text.empty()) {
        return Json::object();
    }
    StrictReader reader;
    if (!Json::sax_parse(text.begin(), text.end(), &reader)) {
        throw Error(ErrorCode::invalid_json, reader.fault, reader.field);
    }
    Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (!json.is_object()) {
        throw Error(ErrorCode::invalid_json, "expected a JSON object");
    }
    return json;
}

}  // namespace mmx::admin
