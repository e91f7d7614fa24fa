#include "switches.hpp"

#include <charconv>
#include <stdexcept>

namespace upstream {

namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view expected)
{
    throw std::invalid_argument("x-stub: " + std::string(name) + " wants " + std::string(expected));
}

std::uint64_t number(std::string_view name, std::string_view value, std::uint64_t max)
{
    std::uint64_t result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc{} || end != value.data() + value.size() || result > max) {
        refuse(name, "a number up to " + std::to_string(max));
    }
    return result;
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) {
        text.remove_suffix(1);
    }
    return text;
}

// `%2C` is how a value says a comma.
std::string percent_decode(std::string_view name, std::string_view value)
{
    std::string result;
    for (std::size_t i = 0; i < value.size(); i++) {
        if (value[i] != '%') {
            result += value[i];
            continue;
        }
        unsigned char byte = 0;
        const char* digits = value.data() + i + 1;
        if (i + 2 >= value.size() ||
            std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
            refuse(name, "two hex digits after each %");
        }
        result += static_cast<char>(byte);
        i += 2;
    }
    return result;
}

struct FlagSwitch {
    std::string_view name;
    bool Switches::*value;
};
constexpr FlagSwitch flag_switches[] = {
    {"html502", &Switches::html502},
    {"plain404", &Switches::plain404},
    {"echo_headers", &Switches::echo_headers},
    {"no_usage", &Switches::no_usage},
    {"zero_usage", &Switches::zero_usage},
    {"usage_on_delta", &Switches::usage_on_delta},
    {"summary", &Switches::summary},
    {"no_done", &Switches::no_done},
    {"no_message_delta", &Switches::no_message_delta},
    {"event_error", &Switches::event_error},
    {"crlf", &Switches::crlf},
    {"nospace", &Switches::nospace},
    {"close", &Switches::close},
    {"early", &Switches::early},
    {"reset_before_header", &Switches::reset_before_header},
    {"reset_mid_header", &Switches::reset_mid_header},
    {"reset_mid_body", &Switches::reset_mid_body},
    {"close_before_header", &Switches::close_before_header},
    {"cut_chunked", &Switches::cut_chunked},
};

struct TimeSwitch {
    std::string_view name;
    std::chrono::milliseconds Switches::*value;
};
constexpr TimeSwitch time_switches[] = {
    {"stall_before_header", &Switches::stall_before_header},
    {"first_byte_delay", &Switches::first_byte_delay},
    {"stall_mid", &Switches::stall_mid},
    {"chunk_delay", &Switches::chunk_delay},
};

struct NumberSwitch {
    std::string_view name;
    std::uint64_t Switches::*value;
    std::uint64_t max;
};
constexpr NumberSwitch number_switches[] = {
    {"big", &Switches::big, big_max_bytes},
    {"frames", &Switches::frames, frames_max},
    {"bytes", &Switches::bytes, big_max_bytes},
    {"split", &Switches::split, big_max_bytes},
};

struct OptionalSwitch {
    std::string_view name;
    std::optional<std::uint64_t> Switches::*value;
};
constexpr OptionalSwitch optional_switches[] = {
    {"prompt", &Switches::prompt},     {"completion", &Switches::completion},
    {"cached", &Switches::cached},     {"reset_at", &Switches::reset_at},
    {"close_at", &Switches::close_at},
};
constexpr std::uint64_t optional_max = 1'000'000'000'000;

bool set_flag(Switches& switches, std::string_view name, std::string_view value)
{
    for (const FlagSwitch& flag : flag_switches) {
        if (flag.name == name) {
            if (!value.empty()) {
                refuse(name, "no value");
            }
            switches.*flag.value = true;
            return true;
        }
    }
    return false;
}

bool set_number(Switches& switches, std::string_view name, std::string_view value)
{
    for (const TimeSwitch& time : time_switches) {
        if (time.name == name) {
            switches.*time.value = std::chrono::milliseconds(number(name, value, stall_max_ms));
            return true;
        }
    }
    for (const NumberSwitch& plain : number_switches) {
        if (plain.name == name) {
            switches.*plain.value = number(name, value, plain.max);
            return true;
        }
    }
    for (const OptionalSwitch& optional : optional_switches) {
        if (optional.name == name) {
            switches.*optional.value = number(name, value, optional_max);
            return true;
        }
    }
    return false;
}

void set_header(Switches& switches, std::string_view value)
{
    const std::size_t colon = value.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
        refuse("header", "Name:Value");
    }
    switches.headers.emplace_back(value.substr(0, colon), trim(value.substr(colon + 1)));
}

StartUsage start_usage(std::string_view value)
{
    if (value == "whole") {
        return StartUsage::whole;
    }
    if (value == "zeros") {
        return StartUsage::zeros;
    }
    if (value == "none") {
        return StartUsage::none;
    }
    refuse("start_usage", "whole, zeros or none");
}

void set_other(Switches& switches, std::string_view name, std::string_view value)
{
    if (name == "status") {
        switches.status = static_cast<unsigned>(number(name, value, 999));
        if (*switches.status < 200) {
            refuse(name, "200 to 999");
        }
    } else if (name == "error") {
        switches.error = static_cast<int>(number(name, value, 99'999));
    } else if (name == "gzip" && (value.empty() || value == "force")) {
        switches.gzip = value.empty() ? Gzip::accepted : Gzip::force;
    } else if (name == "header") {
        set_header(switches, value);
    } else if (name == "x_accel_redirect") {
        switches.headers.emplace_back("X-Accel-Redirect", value);
    } else if (name == "start_usage") {
        switches.start_usage = start_usage(value);
    } else {
        throw std::invalid_argument("x-stub: no such switch: " + std::string(name));
    }
}

}  // namespace

Switches parse_switches(std::string_view text)
{
    Switches switches;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view part = trim(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (part.empty()) {
            continue;
        }
        const std::size_t equals = part.find('=');
        const std::string_view name = trim(part.substr(0, equals));
        const std::string value = equals == std::string_view::npos
                                      ? ""
                                      : percent_decode(name, trim(part.substr(equals + 1)));
        if (!set_flag(switches, name, value) && !set_number(switches, name, value)) {
            set_other(switches, name, value);
        }
    }
    return switches;
}

}  // namespace upstream
