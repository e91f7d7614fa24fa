#include "base/log.hpp"

#include <syslog.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "lib/mask.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

using Clock = std::chrono::steady_clock;

// Lines of one kind, so many a second.
class BoundedLines {
public:
    BoundedLines(unsigned lines_max, std::string_view others)
        : lines_max_(lines_max), others_(others)
    {
    }

    void write(std::string line)
    {
        const std::scoped_lock lock(mutex_);
        const auto now = Clock::now();
        if (now - began_ >= std::chrono::seconds(1)) {
            began_ = now;
            written_ = 0;
        }
        if (written_ == lines_max_) {
            left_out_++;
            return;
        }
        written_++;
        if (left_out_ > 0) {
            line += " (and " + std::to_string(left_out_) + " " + std::string(others_) +
                    " more since the last line)";
        }
        left_out_ = 0;
        log_line(line);
    }

private:
    const unsigned lines_max_;
    const std::string_view others_;
    std::mutex mutex_;
    Clock::time_point began_{};
    unsigned written_ = 0;
    unsigned long long left_out_ = 0;
};

bool kept_on_standard_error = false;

void write_line(std::string_view text)
{
    std::string line = "mmx-admind: ";
    line.append(text) += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void log_line(std::string_view text)
{
    const auto changed = made_loggable(text);
    text = changed ? std::string_view(*changed) : text;
    if (text.size() > log_line_max) {
        text = text.substr(0, log_line_max);
        while (!text.empty() && utf8_length(text.substr(text.size() - 1)) == 0) {
            text.remove_suffix(1);  // a character that was cut
        }
    }
    write_line(text);
}

void keep_line(std::string_view text)
{
    if (kept_on_standard_error) {
        write_line(text);
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
    static BoundedLines lines(failure_lines_max, "failures");
    lines.write(std::string(doing) + " failed: " + std::string(what));
}

void log_refusal(std::string_view call, std::string_view answer)
{
    static BoundedLines lines(refusal_lines_max, "refusals");
    lines.write("refused " + std::string(call) + ": " + std::string(answer));
}

void log_repair(std::string_view what)
{
    static BoundedLines lines(repair_lines_max, "repairs");
    lines.write(std::string(what));
}

}  // namespace mmx::admin
