#include "cli/terminal.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "base/error.hpp"
#include "host/guarded_file.hpp"

namespace mmx::admin {
namespace {

constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};

termios echoing{};  // what the terminal was before; a signal handler has no other way to know

// Only calls that POSIX allows in a handler.
void restore_and_end(int signal)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &echoing);
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, "\n", 1);
    raise(signal);  // SA_RESETHAND: this one ends us, once the handler has returned
}

// Turns the terminal's echo off while it lives, also when a signal ends the program meanwhile.
class NoEcho {
public:
    NoEcho()
    {
        if (tcgetattr(STDIN_FILENO, &echoing) != 0) {
            return;
        }
        catch_signals();
        termios quiet = echoing;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~NoEcho()
    {
        if (changed_) {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &echoing);
            std::fputc('\n', stderr);
        }
        for (std::size_t i = 0; i < caught_; i++) {
            sigaction(ending_signals[i], &before_[i], nullptr);
        }
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    // What was ignored, as nohup does, stays ignored.
    void catch_signals() noexcept
    {
        struct sigaction action {};
        action.sa_handler = restore_and_end;
        action.sa_flags = SA_RESETHAND;
        for (; caught_ < ending_signals.size(); caught_++) {
            sigaction(ending_signals[caught_], nullptr, &before_[caught_]);
            if (before_[caught_].sa_handler != SIG_IGN) {
                sigaction(ending_signals[caught_], &action, nullptr);
            }
        }
    }

    std::array<struct sigaction, ending_signals.size()> before_{};
    std::size_t caught_ = 0;
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
