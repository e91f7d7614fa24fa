#include "cli/terminal.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "base/error.hpp"
#include "host/guarded_file.hpp"

namespace mmx::admin {
namespace {

// Turns the terminal's echo off while it lives.
class NoEcho {
public:
    NoEcho()
    {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) {
            return;
        }
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~NoEcho()
    {
        if (changed_) {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
            std::fputc('\n', stderr);
        }
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

// A terminal gives one line at a time.
SecretText read_line_unseen(const std::string& prompt, std::size_t max)
{
    const NoEcho quiet;  // before the prompt: whoever sees it may type at once
    std::fputs(prompt.c_str(), stderr);
    std::string line(max, '\0');
    const ssize_t got = read(STDIN_FILENO, line.data(), line.size());
    SecretText text = SecretText::adopt(line);
    text.truncate(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

void drop_closing_newline(SecretText& text)
{
    for (const char end : {'\n', '\r'}) {
        if (text.view().ends_with(end)) {
            text.truncate(text.size() - 1);
        }
    }
}

}  // namespace

SecretText read_secret_from_stdin(const std::string& prompt, std::size_t max)
{
    constexpr std::size_t newline_max = 2;  // a closing CR LF does not count
    if (isatty(STDIN_FILENO) != 0) {
        SecretText text = read_line_unseen(prompt, max + newline_max);
        drop_closing_newline(text);
        return text;
    }
    Result<SecretText> text = read_to_end(STDIN_FILENO, "standard input", max + newline_max);
    if (!text) {
        throw Error(ErrorCode::invalid_input, text.fault());
    }
    drop_closing_newline(*text);
    return std::move(*text);
}

}  // namespace mmx::admin
