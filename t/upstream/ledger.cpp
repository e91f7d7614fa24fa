#include "ledger.hpp"

#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace upstream {

namespace {

using nlohmann::ordered_json;

std::int64_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

ordered_json optional_text(const std::optional<std::string>& text)
{
    return text ? ordered_json(*text) : ordered_json(nullptr);
}

ordered_json line_of(const char* event, std::uint64_t number, const Received& request)
{
    return {{"event", event},           {"n", number},
            {"time_ms", now_ms()},      {"id", request.id},
            {"method", request.method}, {"path", request.path},
            {"query", request.query},   {"key_sha256", optional_text(request.key_sha256)}};
}

std::string text_of(const ordered_json& json)
{
    // A client may send any byte in a path or an id; the ledger stays JSON.
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void add_request(ordered_json& line, const Received& request)
{
    line["authorization_count"] = request.authorization_count;
    line["x_api_key"] = optional_text(request.x_api_key_sha256);
    line["header_names"] = request.header_names;
    line["body_bytes"] = request.body_bytes;
    line["body_sha256"] = request.body_sha256;
}

void write_whole(int file, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "ledger");
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
}

}  // namespace

Ledger::Ledger(const std::string& path, bool fsync) : fsync_(fsync)
{
    if (path.empty()) {
        return;
    }
    file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file_ < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

Ledger::~Ledger()
{
    if (file_ >= 0) {
        close(file_);
    }
}

std::uint64_t Ledger::received(const Received& request)
{
    const std::uint64_t number = ++number_;
    ordered_json line = line_of("received", number, request);
    add_request(line, request);
    append(number, text_of(line));
    received_++;
    count(by_key_, request.key_sha256.value_or("none"));
    count(by_path_, request.path);
    return number;
}

void Ledger::broken(const Received& request)
{
    const std::uint64_t number = ++number_;
    ordered_json line = line_of("broken", number, request);
    add_request(line, request);
    append(number, text_of(line));
    broken_++;
}

void Ledger::done(std::uint64_t number, const Received& request, const Done& answer)
{
    ordered_json line = line_of("done", number, request);
    line["status"] = answer.status;
    line["bytes_sent"] = answer.bytes_sent;
    line["finished"] = answer.finished;
    append(number, text_of(line));
    done_++;
    finished_ += answer.finished ? 1 : 0;
    count(by_status_, std::to_string(answer.status));
}

void Ledger::append(std::uint64_t number, std::string line)
{
    if (file_ >= 0) {
        line += '\n';
        write_whole(file_, line);
        line.pop_back();
        if (fsync_ && fsync(file_) != 0) {
            throw std::system_error(errno, std::generic_category(), "ledger");
        }
    }
    lines_.emplace_back(number, std::move(line));
    if (lines_.size() > lines_max) {
        lines_.pop_front();
        dropped_++;
    }
}

void Ledger::count(Counts& counts, const std::string& name)
{
    const auto found = counts.find(name);
    if (found != counts.end()) {
        found->second++;
    } else {
        counts[counts.size() < counted_max ? name : "others"]++;
    }
}

std::string Ledger::lines(std::uint64_t since) const
{
    std::string result = "[";
    for (const auto& [number, line] : lines_) {
        if (number > since) {
            result += result.size() > 1 ? ",\n" : "";
            result += line;
        }
    }
    return result + "]\n";
}

std::string Ledger::stats(std::uint64_t connections, std::uint64_t open) const
{
    const ordered_json json = {
        {"received", received_},      {"done", done_},
        {"finished", finished_},      {"broken", broken_},
        {"last_n", number_},          {"lines_dropped", dropped_},
        {"connections", connections}, {"open_connections", open},
        {"by_key", by_key_},          {"by_path", by_path_},
        {"by_status", by_status_},
    };
    return text_of(json) + "\n";
}

void Ledger::clear()
{
    lines_.clear();
    by_key_.clear();
    by_path_.clear();
    by_status_.clear();
    dropped_ = broken_ = received_ = done_ = finished_ = 0;
}

}  // namespace upstream
