// mmx-rate: an open-loop HTTP client. Requests arrive as strangers' do, at random (Poisson),
// whether or not earlier ones were answered, and a latency counts from the time a request was due:
// a server that stalls is charged with the waiting of everyone who came meanwhile. Prints one line
// of JSON.

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "options.hpp"
#include "requests.hpp"
#include "tally.hpp"
#include "wire.hpp"

namespace bench {
namespace {

constexpr std::size_t overdue_max = 100'000;           // more: the server cannot keep this rate
constexpr std::int64_t drain_max_ns = 10 * second_ns;  // for the last answers

struct Connection {
    int fd = -1;
    std::int64_t due = 0;  // when the request it carries was due
    std::string input;
};

// The size of the whole answer, or 0 while its header is incomplete.
std::size_t answer_size(std::string_view input)
{
    const std::size_t end = input.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return 0;
    }
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t at = input.substr(0, end).find(name);
    if (at == std::string_view::npos) {
        throw std::runtime_error("an answer without Content-Length");
    }
    std::size_t length = 0;
    std::from_chars(input.data() + at + name.size(), input.data() + end, length);
    return end + 4 + length;
}

class Client {
public:
    explicit Client(const Options& options)
        : requests_(options, "", ""), connections_(options.number("connections")),
          total_(static_cast<std::size_t>(options.number("rate")) * options.number("seconds")),
          arrivals_(static_cast<std::uint64_t>(options.number("seed"))),
          between_(options.real("rate") / second_ns)
    {
        const auto port = static_cast<std::uint16_t>(options.number("port"));
        for (std::size_t i = 0; i < connections_.size(); i++) {
            connections_[i].fd = connect_to(port);
            poll_.watch(connections_[i].fd, i);
            idle_.push_back(i);
        }
    }

    void run()
    {
        due_ = now_ns() + second_ns / 100;
        poll_.arm(due_);
        for (std::int64_t heard = now_ns();
             answered_ < total_ && now_ns() < heard + drain_max_ns;) {
            for (const epoll_event& event : poll_.wait()) {
                heard = now_ns();
                if (event.data.u64 == Poll::timer_mark) {
                    on_timer();
                } else {
                    on_readable(event.data.u64);
                }
            }
        }
    }

    void print()
    {
        std::printf("{\"requests\":%zu,\"wrong\":%zu,\"missing\":%zu,%s}\n", answered_, wrong_,
                    total_ - answered_, latencies_.json("all").c_str());
    }

private:
    void on_timer()
    {
        for (const std::int64_t now = now_ns(); scheduled_ < total_ && due_ <= now; scheduled_++) {
            overdue_.push_back(due_);
            due_ += static_cast<std::int64_t>(between_(arrivals_));
        }
        if (overdue_.size() > overdue_max) {
            throw std::runtime_error("the server cannot keep this rate");
        }
        send_overdue();
        if (scheduled_ < total_) {
            poll_.arm(due_);
        }
    }

    void send_overdue()
    {
        while (!overdue_.empty() && !idle_.empty()) {
            Connection& connection = connections_[idle_.front()];
            connection.due = overdue_.front();
            send_all(connection.fd, requests_.draw());
            idle_.pop_front();
            overdue_.pop_front();
        }
    }

    void on_readable(std::size_t index)
    {
        Connection& connection = connections_[index];
        std::array<char, 16384> buffer;
        const ssize_t size = recv(connection.fd, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            throw std::runtime_error("the server closed a connection");
        }
        connection.input.append(buffer.data(), static_cast<std::size_t>(size));
        const std::size_t whole = answer_size(connection.input);
        if (whole == 0 || connection.input.size() < whole) {
            return;
        }
        latencies_.add(now_ns() - connection.due);
        answered_++;
        wrong_ += connection.input.starts_with("HTTP/1.1 200 ") ? 0 : 1;
        connection.input.clear();
        idle_.push_back(index);
        send_overdue();
    }

    Poll poll_;
    Requests requests_;
    std::vector<Connection> connections_;
    std::deque<std::size_t> idle_;
    std::deque<std::int64_t> overdue_;  // due, and waiting for a connection
    Tally latencies_;
    const std::size_t total_;
    std::mt19937_64 arrivals_;                 // apart from the keys', whose draws follow answers
    std::exponential_distribution<> between_;  // arrivals, in nanoseconds
    std::int64_t due_ = 0;                     // the next request
    std::size_t scheduled_ = 0, answered_ = 0, wrong_ = 0;
};

void measure(const Options& options)
{
    Client client(options);
    client.run();
    client.print();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv)
{
    return bench::run("--port N --path PATH --keys FILE --exponent X --seed N --rate N --seconds N "
                      "--connections N",
                      argc, argv, bench::measure);
}
