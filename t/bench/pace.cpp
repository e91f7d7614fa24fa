// mmx-pace: an upstream that answers each request with the stream of pace.hpp, however many at
// once. It looks at nothing but where a request ends.

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include "options.hpp"
#include "pace.hpp"
#include "wire.hpp"

namespace bench {
namespace {

constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view tail =
    R"("}}],"created":1790000000,"model":"MiniMax-M2.7","object":"chat.completion.chunk","usage":)";

// One event as a chunk of its own.
std::string event(std::string_view choice, std::string_view usage)
{
    std::array<char, stamp_digits + 1> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "%0*lld", static_cast<int>(stamp_digits),
                  static_cast<long long>(now_ns()));
    std::string text(event_start);
    text.append(stamp.data(), stamp_digits).append(R"(","choices":[{)").append(choice);
    text.append(tail).append(usage).append("}").append(event_end);
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
    return size.data() + text + "\r\n";
}

// The number-th event of a stream, with what stands before the first and behind the last.
std::string piece(std::size_t number)
{
    if (number == 0) {
        return std::string(head) +
               event(R"("index":0,"delta":{"role":"assistant","content":")", "null");
    }
    if (number <= deltas) {
        return event(R"("index":0,"delta":{"content":" some words)", "null");
    }
    return event(R"("finish_reason":"stop","index":0,"delta":{"content":")",
                 R"({"total_tokens":184,"prompt_tokens":120,"completion_tokens":64})") +
           "e\r\n" + std::string(stream_end);
}

struct Connection {
    std::string input;
    std::uint64_t life = 0;  // tells it from an earlier one on the same descriptor
    bool streams = false;
};

struct Due {
    std::int64_t when;
    int fd;
    std::uint64_t life;
    std::size_t number;
};

class Server {
public:
    explicit Server(std::uint16_t port) : listener_(listen_on(port))
    {
        poll_.watch(listener_, static_cast<std::uint64_t>(listener_));
    }

    void serve()
    {
        for (;;) {
            for (const epoll_event& event : poll_.wait()) {
                if (event.data.u64 == Poll::timer_mark) {
                    on_timer();
                } else if (event.data.u64 == static_cast<std::uint64_t>(listener_)) {
                    accept_all();
                } else {
                    on_readable(static_cast<int>(event.data.u64));
                }
            }
        }
    }

private:
    void accept_all()
    {
        for (int fd = 0;
             (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
            connections_[fd] = {.input = {}, .life = ++lives_, .streams = false};
            poll_.watch(fd, static_cast<std::uint64_t>(fd));
        }
    }

    void on_readable(int fd)
    {
        const auto found = connections_.find(fd);
        if (found == connections_.end()) {
            return;  // it was closed earlier in this turn
        }
        std::array<char, 16384> buffer;
        const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EAGAIN) {
            return;  // the descriptor is a newer connection's than the event
        }
        if (size <= 0) {
            drop(fd);
            return;
        }
        Connection& connection = found->second;
        connection.input.append(buffer.data(), static_cast<std::size_t>(size));
        if (!connection.streams && whole(connection.input)) {
            connection.input.clear();
            connection.streams = true;
            say({.when = now_ns(), .fd = fd, .life = connection.life, .number = 0});
        }
    }

    static bool whole(std::string_view input)
    {
        const std::size_t end = input.find("\r\n\r\n");
        constexpr std::string_view name = "\r\nContent-Length: ";
        const std::size_t at = input.substr(0, end).find(name);
        std::size_t length = 0;
        if (at != std::string_view::npos) {
            std::from_chars(input.data() + at + name.size(), input.data() + input.size(), length);
        }
        return end != std::string_view::npos && input.size() >= end + 4 + length;
    }

    // Sends a piece and puts the next one at the end of the line: all paces are alike, so that the
    // line is in order of time. A stream's pieces are due by its beginning, not by the piece
    // before.
    void say(const Due& due)
    {
        const auto found = connections_.find(due.fd);
        if (found == connections_.end() || found->second.life != due.life) {
            return;
        }
        const std::string text = piece(due.number);
        if (send(due.fd, text.data(), text.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(text.size())) {
            drop(due.fd);  // who reads so slowly has lost the stream, and says so
            return;
        }
        if (due.number + 1 == timed_events) {
            found->second.streams = false;
            return;
        }
        line_.push_back({due.when + pace_ns, due.fd, due.life, due.number + 1});
        if (line_.size() == 1) {
            poll_.arm(line_.front().when);
        }
    }

    void on_timer()
    {
        while (!line_.empty() && line_.front().when <= now_ns()) {
            const Due due = line_.front();
            line_.pop_front();
            say(due);
        }
        if (!line_.empty()) {
            poll_.arm(line_.front().when);
        }
    }

    void drop(int fd)
    {
        connections_.erase(fd);
        close(fd);
    }

    Poll poll_;
    const int listener_;
    std::map<int, Connection> connections_;
    std::deque<Due> line_;
    std::uint64_t lives_ = 0;
};

void serve(const Options& options)
{
    Server(static_cast<std::uint16_t>(options.number("port"))).serve();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv)
{
    return bench::run("--port N", argc, argv, bench::serve);
}
