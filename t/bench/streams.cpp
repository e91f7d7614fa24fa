// mmx-streams: so many streams of mmx-pace at once, each connection beginning another when one has
// ended. Beginnings are spread over the length of a stream, so that as many are at each point of
// it. Prints one line of JSON: the time to the first byte, the time between events as the client
// gets them, and their way, from being sent to being there.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "options.hpp"
#include "pace.hpp"
#include "requests.hpp"
#include "tally.hpp"
#include "wire.hpp"

namespace bench {
namespace {

constexpr std::int64_t stall_ns = 100 * ms_ns;         // nothing for so long is a stall: five paces
constexpr std::int64_t drain_max_ns = 10 * second_ns;  // for the last streams
constexpr std::size_t wrong_max = 100;                 // more: there is nothing left to learn

struct Stream {
    int fd = -1;
    std::int64_t asked_at = 0, last_at = 0;  // last_at 0: nothing has come yet
    std::size_t events = 0;
    bool under_way = false;
    std::string input;
};

class Client {
public:
    explicit Client(const Options& options)
        : requests_(options, "Accept: text/event-stream\r\n", R"(,"stream":true)"),
          port_(static_cast<std::uint16_t>(options.number("port"))),
          streams_(options.number("streams")), lasts_ns_(options.number("seconds") * second_ns)
    {
        for (std::size_t i = 0; i < streams_.size(); i++) {
            streams_[i].fd = connect_to(port_);
            poll_.watch(streams_[i].fd, i);
        }
    }

    void run()
    {
        start_ = now_ns() + second_ns / 100;
        poll_.arm(start_);
        const std::int64_t deadline = start_ + std::max(lasts_ns_, stream_ns) + drain_max_ns;
        while ((started_ < streams_.size() || under_way_ > 0) && wrong_ < wrong_max &&
               now_ns() < deadline) {
            for (const epoll_event& event : poll_.wait()) {
                if (event.data.u64 == Poll::timer_mark) {
                    on_timer();
                } else {
                    on_readable(streams_[event.data.u64]);
                }
            }
        }
    }

    void print()
    {
        std::printf("{\"begun\":%zu,\"requests\":%zu,\"wrong\":%zu,\"missing\":%zu,\"stalls\":%zu,"
                    "%s,%s,%s}\n",
                    begun_, ended_, wrong_, under_way_, stalls_, first_.json("first").c_str(),
                    gaps_.json("gap").c_str(), ways_.json("way").c_str());
    }

private:
    std::int64_t start_of(std::size_t index) const
    {
        return start_ + static_cast<std::int64_t>(index) * stream_ns /
                            static_cast<std::int64_t>(streams_.size());
    }

    void on_timer()
    {
        while (started_ < streams_.size() && start_of(started_) <= now_ns()) {
            begin(streams_[started_++]);
        }
        if (started_ < streams_.size()) {
            poll_.arm(start_of(started_));
        }
    }

    void begin(Stream& stream)
    {
        if (stream.fd < 0) {
            return;
        }
        stream.asked_at = now_ns();
        stream.last_at = 0;
        stream.events = 0;
        stream.under_way = true;
        stream.input.clear();
        begun_++;
        under_way_++;
        send_all(stream.fd, requests_.draw());
    }

    void on_readable(Stream& stream)
    {
        std::array<char, 16384> buffer;
        const ssize_t size = recv(stream.fd, buffer.data(), buffer.size(), 0);
        const std::int64_t now = now_ns();
        if (size <= 0) {
            lose(stream);
            return;
        }
        const bool first = stream.input.empty() && stream.events == 0;
        stream.input.append(buffer.data(), static_cast<std::size_t>(size));
        if (first) {
            first_.add(now - stream.asked_at);
            if (!stream.input.starts_with("HTTP/1.1 200 ")) {
                lose(stream);
                return;
            }
        }
        take_events(stream, now);
        if (stream.events == timed_events && stream.input.ends_with(stream_end)) {
            end(stream, now);
        }
    }

    // What is whole of the input; the last event of all stays, and tells the end.
    void take_events(Stream& stream, std::int64_t now)
    {
        while (stream.events < timed_events) {
            const std::size_t start = stream.input.find(event_start);
            const std::size_t end = stream.input.find(event_end, start);
            if (start == std::string::npos || end == std::string::npos) {
                return;
            }
            take_event(stream, stream.input.data() + start + event_start.size(), now);
            stream.input.erase(0, end + event_end.size());
        }
    }

    void take_event(Stream& stream, const char* stamp, std::int64_t now)
    {
        std::int64_t sent_at = 0;
        std::from_chars(stamp, stamp + stamp_digits, sent_at);
        ways_.add(now - sent_at);
        if (stream.last_at > 0) {
            gaps_.add(now - stream.last_at);
        }
        stalls_ += now - std::max(stream.last_at, stream.asked_at) > stall_ns ? 1 : 0;
        stream.last_at = now;
        stream.events++;
    }

    void end(Stream& stream, std::int64_t now)
    {
        ended_++;
        under_way_--;
        stream.under_way = false;
        if (now < start_ + lasts_ns_) {
            begin(stream);
        }
    }

    // Another answer than a whole stream: its connection is not used again.
    void lose(Stream& stream)
    {
        wrong_ += stream.under_way || stream.asked_at == 0 ? 1 : 0;
        under_way_ -= stream.under_way ? 1 : 0;
        stream.under_way = false;
        close(stream.fd);
        stream.fd = -1;
    }

    Poll poll_;
    Requests requests_;
    const std::uint16_t port_;
    std::vector<Stream> streams_;
    const std::int64_t lasts_ns_;
    std::int64_t start_ = 0;
    std::size_t started_ = 0, begun_ = 0, ended_ = 0, wrong_ = 0, under_way_ = 0, stalls_ = 0;
    Tally first_, gaps_, ways_;
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
    return bench::run("--port N --path PATH --keys FILE --exponent X --seed N --streams N "
                      "--seconds N",
                      argc, argv, bench::measure);
}
