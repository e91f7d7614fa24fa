#include "lib/upstream_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr int code_min = 1000;  // MiniMax's have four digits or five; smaller ones are statuses
constexpr int code_max = 99999;

constexpr int too_many_requests = 429, internal_error = 500, not_found = 404;

// 1026, 1027 sensitive input or output, 1042 to 1044, 2037, 2039, 2042, 2048, 20132 texts and
// voices that do not fit, 2013 invalid parameters. With whatever status: 1026 came with 500, too.
constexpr std::array clients_codes = {1026, 1027, 1042, 1043, 1044, 2013,
                                      2037, 2039, 2042, 2048, 20132};
// 1004 not authorized, 1008 balance, 1028, 1030, 2056 plan used up, 2049 invalid key, 2061 model
// not in the plan, 2062 no plan.
constexpr std::array accounts_codes = {1004, 1008, 1028, 1030, 2049, 2056, 2061, 2062};
// 1000, 1013, 1024, 1033 internal, 1001 timeout, 1002, 1039, 1041, 2045 rates, 2064 overloaded.
constexpr std::array servers_codes = {1000, 1001, 1002, 1013, 1024, 1033, 1039, 1041, 2045, 2064};

template <std::size_t N>
bool is_one_of(const std::array<int, N>& codes, int code) noexcept
{
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// MiniMax closes its messages with it, at times with a status behind: `… (2064) (529)`. What stands
// before, or is not the end, may be what a client sent, such as the name of a model.
int code_at_end(std::string_view message) noexcept
{
    for (;;) {
        while (!message.empty() && (message.back() == ' ' || message.back() == '.')) {
            message.remove_suffix(1);
        }
        const std::size_t open = message.rfind('(');
        if (open == message.npos || message.back() != ')') {
            return 0;
        }
        const auto code =
            parse_digits<int>(message.substr(open + 1, message.size() - open - 2), 0, code_max);
        if (!code || *code >= code_min) {
            return code.value_or(0);
        }
        message = message.substr(0, open);
    }
}

// Hears of the members on the way; the last of those that come twice counts.
class Listener : public nlohmann::json_sax<nlohmann::json> {
public:
    int base_code = 0, message_code = 0;
    bool described = false;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override
    {
        return number(static_cast<std::int64_t>(std::min<std::uint64_t>(value, code_max + 1)));
    }
    bool number_float(number_float_t, const string_t&) override { return true; }

    bool string(string_t& value) override
    {
        if (in_error() && name_ == "message") {
            message_code = code_at_end(value);
        } else if (in_base_resp() && name_ == "status_code") {
            int code = 0;
            const char* end = value.data() + value.size();
            const auto [next, error] = std::from_chars(value.data(), end, code);
            base_code = error == std::errc() && next == end ? code : 0;
        }
        return true;
    }

    bool start_object(std::size_t) override
    {
        outer_ = depth_ == 1 ? name_ : outer_;
        described = described || (depth_ == 1 && (name_ == "error" || name_ == "base_resp"));
        ++depth_;
        return true;
    }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override
    {
        outer_ = depth_ == 1 ? std::string() : outer_;
        ++depth_;
        return true;
    }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override
    {
        name_ = name;
        return true;
    }
    bool binary(binary_t&) override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override
    {
        return false;
    }

private:
    bool leave() noexcept
    {
        --depth_;
        return true;
    }

    bool in_error() const noexcept { return depth_ == 2 && outer_ == "error"; }
    bool in_base_resp() const noexcept { return depth_ == 2 && outer_ == "base_resp"; }

    bool number(std::int64_t value) noexcept
    {
        if (in_base_resp() && name_ == "status_code") {
            base_code = value >= 0 && value <= code_max ? static_cast<int>(value) : 0;
        }
        return true;
    }

    std::size_t depth_ = 0;
    std::string outer_, name_;
};

}  // namespace

UpstreamFault fault_of(int status, int code, bool described) noexcept
{
    if (is_one_of(clients_codes, code)) {
        return UpstreamFault::client;
    }
    if (is_one_of(accounts_codes, code) || (status >= 401 && status <= 403)) {
        return UpstreamFault::account;
    }
    if (is_one_of(servers_codes, code) || status == too_many_requests || status >= internal_error) {
        return UpstreamFault::server;
    }
    return status == not_found && !described ? UpstreamFault::no_path : UpstreamFault::client;
}

UpstreamError read_upstream_error(int status, std::string_view body)
{
    Listener heard;
    nlohmann::json::sax_parse(body, &heard);
    UpstreamError error{.code = heard.base_code >= code_min ? heard.base_code : heard.message_code,
                        .described = heard.described};
    error.fault = fault_of(status, error.code, error.described);
    return error;
}

}  // namespace mmx
