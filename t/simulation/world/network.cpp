#include "world/network.hpp"

#include <algorithm>
#include <charconv>

#include "base/loop.hpp"
#include "world/process.hpp"
#include "world/trace.hpp"

namespace mmx::simulation {
namespace {

constexpr std::int64_t late_max_us = 10'000'000;
constexpr std::int64_t healed_delay_us = 100;
constexpr std::int64_t jump_us = 3'000'000'000;

std::size_t take_length(std::string_view& text)
{
    std::size_t length = 0;
    const char* end = std::from_chars(text.data() + 1, text.data() + text.size(), length).ptr;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 2);
    return length;
}

}  // namespace

std::shared_ptr<const Network::Batch> Network::parse(std::string_view commands)
{
    auto batch = std::make_shared<Batch>();
    batch->bytes = commands;
    std::string_view rest = batch->bytes;
    while (!rest.empty()) {
        std::vector<std::string_view>& words = batch->commands.emplace_back();
        words.resize(take_length(rest));
        for (std::string_view& word : words) {
            const std::size_t length = take_length(rest);
            word = rest.substr(0, length);
            rest.remove_prefix(length + 2);
        }
    }
    return batch;
}

void Network::set_clock()
{
    server_.database.now_us = clock_us + redis_offset_us_;
}

void Network::step_clock(std::int64_t by_us)
{
    redis_offset_us_ += by_us;
    jumped_ = jumped_ || std::abs(by_us) > jump_us;
}

std::int64_t Network::delay()
{
    return healed_ ? healed_delay_us : random_.between(plan_.delay_min_us, plan_.delay_max_us);
}

bool Network::reachable(const Process& process) const
{
    const auto gateway = static_cast<std::size_t>(process.gateway);
    return gateway >= parted_until_.size() || parted_until_[gateway] <= clock_us;
}

std::uint64_t Network::dial(Process& process)
{
    sockets_.emplace_back(&process);
    const std::uint64_t number = sockets_.size();
    Process* who = &process;
    trace([&] { return who->name() + " dials"; });
    if (!reachable(process)) {
        sockets_.back().open = false;  // nobody says so
    } else if (down_until_ > clock_us) {
        sockets_.back().open = false;
        agenda_.add(clock_us + delay(), who,
                    [who, number] { who->worker->connection.on_closed(number); });
    } else {
        sockets_.back().last_out = clock_us + 2 * delay();
        agenda_.add(sockets_.back().last_out, who, [this, who, number] {
            if (sockets_[number - 1].open) {
                who->worker->connection.on_connected(number);
            }
        });
    }
    return number;
}

void Network::send(std::uint64_t number, std::string_view commands)
{
    Socket& socket = sockets_[number - 1];
    if (!socket.open) {
        return;
    }
    std::shared_ptr<const Batch> batch = parse(commands);
    for (std::size_t i = 0; i < batch->commands.size(); ++i) {
        socket.unanswered.push_back({batch, i, false});
    }
    socket.inbox.push_back(std::move(batch));
    socket.last_in = std::max(socket.last_in, clock_us + delay());
    agenda_.add(socket.last_in, nullptr, [this, number] { deliver(number); });
}

void Network::deliver(std::uint64_t number)
{
    if (!sockets_[number - 1].open || sockets_[number - 1].inbox.empty()) {
        return;
    }
    if (stalled_until_ > clock_us) {
        agenda_.add(stalled_until_, nullptr, [this, number] { deliver(number); });
        return;
    }
    set_clock();
    const std::shared_ptr<const Batch> batch = std::move(sockets_[number - 1].inbox.front());
    sockets_[number - 1].inbox.pop_front();
    std::string replies;
    for (const auto& words : batch->commands) {
        run(words, replies);
    }
    Socket& socket = sockets_[number - 1];
    for (Pending& pending : socket.unanswered) {
        pending.ran = pending.ran || pending.batch == batch;
    }
    socket.last_out = std::max(socket.last_out, clock_us + delay());
    socket.outbox.emplace_back(batch->commands.size(), std::move(replies));
    agenda_.add(socket.last_out, socket.process, [this, number] { answer(number); });
}

void Network::run(const std::vector<std::string_view>& words, std::string& replies)
{
    const bool asks = words[0] == "ZREVRANGEBYSCORE", commits = words[0] == "EVALSHA";
    if (refusing_until_ <= clock_us || !(asks || commits) || (commits && random_.chance(30))) {
        server_.run(words).append_to(replies);
        return;
    }
    if (random_.chance(50)) {
        server_.run(words);
    }
    Reply::error("MISCONF whether it ran nobody knows").append_to(replies);
}

void Network::answer(std::uint64_t number)
{
    Socket& socket = sockets_[number - 1];
    if (!socket.open) {
        return;
    }
    const auto [count, bytes] = std::move(socket.outbox.front());
    socket.outbox.pop_front();
    socket.unanswered.erase(socket.unanswered.begin(),
                            socket.unanswered.begin() + static_cast<std::ptrdiff_t>(count));
    socket.process->worker->connection.on_bytes(number, bytes);
}

void Network::hang_up(std::uint64_t number)
{
    close(number, false);
}

void Network::close(std::uint64_t number, bool noticed)
{
    Socket& socket = sockets_[number - 1];
    if (!socket.open) {
        return;
    }
    socket.open = false;
    for (const Pending& pending : std::exchange(socket.unanswered, {})) {
        const std::int64_t dice = random_.below(100);
        const int copies = pending.ran ? (dice < 15 ? 1 : 0) : (dice < 45 ? 1 : dice < 60 ? 2 : 0);
        for (int i = 0; i < copies; ++i) {
            run_late(pending);
        }
    }
    if (noticed) {
        Process* who = socket.process;
        agenda_.add(clock_us + delay(), who,
                    [who, number] { who->worker->connection.on_closed(number); });
    }
}

bool Network::owes() const noexcept
{
    return std::ranges::any_of(
        sockets_, [](const Socket& socket) { return socket.open && !socket.unanswered.empty(); });
}

void Network::run_late(const Pending& pending)
{
    ++late_;
    const std::int64_t at = clock_us + random_.spread(100, late_max_us);
    agenda_.add(at, nullptr, [this, pending] {
        --late_;
        if (jumped_) {
            return;
        }
        trace("a command of a former connection runs");
        set_clock();
        server_.run(pending.batch->commands[pending.index]);
    });
}

void Network::cut(const Process* process, bool noticed)
{
    for (std::uint64_t number = 1; number <= sockets_.size(); ++number) {
        const Process* owner = sockets_[number - 1].process;
        if (process == nullptr || owner == process) {
            close(number, noticed);
        }
    }
}

void Network::part(int gateway, std::int64_t until)
{
    parted_until_.resize(std::max(parted_until_.size(), static_cast<std::size_t>(gateway) + 1));
    parted_until_[static_cast<std::size_t>(gateway)] = until;
    for (std::uint64_t number = 1; number <= sockets_.size(); ++number) {
        if (sockets_[number - 1].process->gateway == gateway) {
            close(number, false);
        }
    }
}

void Network::restart(std::int64_t until)
{
    server_.forget_scripts();
    down_until_ = until;
    cut(nullptr, true);
}

void Network::heal()
{
    healed_ = true;
    stalled_until_ = down_until_ = refusing_until_ = 0;
    parted_until_.clear();
    for (std::uint64_t number = 1; number <= sockets_.size(); ++number) {
        for (std::size_t i = 0; i < sockets_[number - 1].inbox.size(); ++i) {
            agenda_.add(clock_us, nullptr, [this, number] { deliver(number); });
        }
    }
}

}  // namespace mmx::simulation
