// mmx-rate: an open-loop HTTP client. Requests are due at fixed times, whether or not earlier ones
// were answered, and a latency counts from the time a request was due: a server that stalls is
// charged with the waiting of everyone who came meanwhile. Prints one line of JSON.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr std::size_t overdue_max = 100'000;           // more: the server cannot keep this rate
constexpr std::int64_t drain_max_ns = 10'000'000'000;  // for the last answers
constexpr std::int64_t second_ns = 1'000'000'000;

struct Plan {
    std::uint16_t port = 0;
    int rate = 0, seconds = 0, connections = 0;
    std::string path, keys;
};

[[noreturn]] void fail(const char* what)
{
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

std::int64_t now_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * second_ns + now.tv_nsec;
}

std::vector<std::string> requests_of(const Plan& plan)
{
    constexpr std::string_view body =
        R"({"model":"MiniMax-M2.7","messages":[{"role":"user","content":"hello"}]})";
    std::ifstream file(plan.keys);
    std::vector<std::string> requests;
    for (std::string key; std::getline(file, key);) {
        requests.push_back(
            "POST " + plan.path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + key +
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + std::string(body));
    }
    if (requests.empty()) {
        throw std::runtime_error("no keys in " + plan.keys);
    }
    return requests;
}

struct Connection {
    int fd = -1;
    std::int64_t due = 0;  // when the request it carries was due
    std::string input;
};

int connect_to(std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        fail("connect");
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        fail("fcntl");
    }
    return fd;
}

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
    explicit Client(const Plan& plan)
        : plan_(plan), requests_(requests_of(plan)), connections_(plan.connections),
          total_(static_cast<std::size_t>(plan.rate) * plan.seconds), poll_(epoll_create1(0)),
          timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK))
    {
        latencies_.reserve(total_);
        watch(timer_, timer_mark);
        for (std::size_t i = 0; i < connections_.size(); i++) {
            connections_[i].fd = connect_to(plan.port);
            watch(connections_[i].fd, i);
            idle_.push_back(i);
        }
    }

    void run()
    {
        start_ = now_ns() + second_ns / 100;
        arm();
        const std::int64_t deadline = start_ + plan_.seconds * second_ns + drain_max_ns;
        while (answered_ < total_ && now_ns() < deadline) {
            std::array<epoll_event, 64> events;
            const int count = epoll_wait(poll_, events.data(), events.size(), 1000);
            for (int i = 0; i < count; i++) {
                if (events[i].data.u64 == timer_mark) {
                    on_timer();
                } else {
                    on_readable(events[i].data.u64);
                }
            }
        }
    }

    void print()
    {
        std::sort(latencies_.begin(), latencies_.end());
        const auto at = [&](double share) {
            const auto index = static_cast<std::size_t>(share * (latencies_.size() - 1));
            return latencies_.empty() ? 0.0 : latencies_[index] / 1000.0;
        };
        std::printf(R"({"requests":%zu,"wrong":%zu,"missing":%zu,"p50_us":%.1f,"p90_us":%.1f,)"
                    R"("p99_us":%.1f,"max_us":%.1f})"
                    "\n",
                    answered_, wrong_, total_ - answered_, at(0.5), at(0.9), at(0.99), at(1));
    }

private:
    static constexpr std::uint64_t timer_mark = ~std::uint64_t{0};

    void watch(int fd, std::uint64_t mark)
    {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = mark;
        if (fd < 0 || epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) != 0) {
            fail("epoll");
        }
    }

    std::int64_t due(std::size_t number) const
    {
        return start_ + static_cast<std::int64_t>(number) * second_ns / plan_.rate;
    }

    void arm()
    {
        if (scheduled_ == total_) {
            return;
        }
        itimerspec when{};
        when.it_value.tv_sec = due(scheduled_) / second_ns;
        when.it_value.tv_nsec = due(scheduled_) % second_ns;
        timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
    }

    void on_timer()
    {
        std::uint64_t expirations = 0;
        if (read(timer_, &expirations, sizeof expirations) < 0) {
            return;
        }
        for (const std::int64_t now = now_ns(); scheduled_ < total_ && due(scheduled_) <= now;) {
            overdue_.push_back(due(scheduled_++));
        }
        if (overdue_.size() > overdue_max) {
            throw std::runtime_error("the server cannot keep this rate");
        }
        send_overdue();
        arm();
    }

    void send_overdue()
    {
        while (!overdue_.empty() && !idle_.empty()) {
            Connection& connection = connections_[idle_.front()];
            const std::string& request = requests_[sent_++ % requests_.size()];
            connection.due = overdue_.front();
            if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(request.size())) {
                fail("send");
            }
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
        latencies_.push_back(now_ns() - connection.due);
        answered_++;
        wrong_ += connection.input.starts_with("HTTP/1.1 200 ") ? 0 : 1;
        connection.input.clear();
        idle_.push_back(index);
        send_overdue();
    }

    const Plan& plan_;
    const std::vector<std::string> requests_;
    std::vector<Connection> connections_;
    std::deque<std::size_t> idle_;
    std::deque<std::int64_t> overdue_;  // due, and waiting for a connection
    std::vector<std::int64_t> latencies_;
    const std::size_t total_;
    std::size_t scheduled_ = 0, sent_ = 0, answered_ = 0, wrong_ = 0;
    std::int64_t start_ = 0;
    const int poll_, timer_;
};

Plan parse(int argc, char** argv)
{
    std::map<std::string_view, std::string> values;
    for (int i = 1; i + 1 < argc; i += 2) {
        values[argv[i]] = argv[i + 1];
    }
    Plan plan;
    plan.port = static_cast<std::uint16_t>(std::stoi(values.at("--port")));
    plan.rate = std::stoi(values.at("--rate"));
    plan.seconds = std::stoi(values.at("--seconds"));
    plan.connections = std::stoi(values.at("--connections"));
    plan.keys = values.at("--keys");
    plan.path = values.at("--path");
    return plan;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const Plan plan = parse(argc, argv);
        Client client(plan);
        client.run();
        client.print();
        return 0;
    } catch (const std::out_of_range&) {
        std::fputs("usage: mmx-rate --port N --path PATH --keys FILE --rate N --seconds N "
                   "--connections N\n",
                   stderr);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mmx-rate: %s\n", error.what());
        return 1;
    }
}
