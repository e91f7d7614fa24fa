#include "base/log.hpp"

#include <syslog.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

namespace mmx::admin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds failure_interval{1};

struct Failures {
    std::mutex mutex;
    Clock::time_point next{};
    unsigned long long left_out = 0;
};

bool kept_on_standard_error = false;

Failures& failures()
{
    static Failures all;
    return all;
}

}  // namespace

void log_line(std::string_view text)
{
    std::string line = "mmx-admind: " + std::string(text);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20) {
            c = ' ';
        }
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void keep_line(std::string_view text)
{
    if (kept_on_standard_error) {
        log_line(text);
    } else {
        openlog("mmx-admind", LOG_PID, LOG_AUTHPRIV);
        syslog(LOG_NOTICE, "%.*s", static_cast<int>(text.size()), text.data());
        closelog();
    }
}

void keep_lines_on_standard_error()
{
    kept_on_standard_error = true;
}

void log_failure(std::string_view doing, std::string_view what)
{
    Failures& all = failures();
    const std::scoped_lock lock(all.mutex);
    const auto now = Clock::now();
    if (now < all.next) {
        all.left_out++;
        return;
    }
    std::string line = std::string(doing) + " failed: " + std::string(what);
    if (all.left_out > 0) {
        line += " (and " + std::to_string(all.left_out) + " failures more since the last line)";
    }
    all.next = now + failure_interval;
    all.left_out = 0;
    log_line(line);
}

}  // namespace mmx::admin
