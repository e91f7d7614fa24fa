#include "check/gateway_page.hpp"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "base/error.hpp"
#include "lib/limits.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

using Clock = std::chrono::steady_clock;
using Level = Finding::Level;

constexpr std::string_view subject = "gateway";
constexpr int http_ok = 200;
constexpr std::string_view reason_letters = "abcdefghijklmnopqrstuvwxyz_";
constexpr std::size_t reason_length_max = 32, version_length_max = 16;

void add(Findings& findings, Level level, std::string message, std::string advice = {})
{
    findings.push_back({level, std::string(subject), std::move(message), std::move(advice)});
}

// The page, or why there is none.
struct Answer {
    std::string page, fault;
};

Answer ask(const PageUrl& url)
{
    httplib::Client client(url.origin);
    client.set_connection_timeout(page_connect_s);
    client.set_read_timeout(page_total_s);
    client.set_write_timeout(page_connect_s);
    client.set_follow_location(false);
    client.set_keep_alive(false);
    client.set_decompress(false);
    const auto begin = Clock::now();
    Answer answer;
    const auto result = client.Get(url.path, [&](const char* data, std::size_t size) {
        answer.page.append(data, std::min(size, page_body_max - answer.page.size()));
        return answer.page.size() < page_body_max &&
               Clock::now() - begin < std::chrono::seconds(page_total_s);
    });
    if (!result) {
        answer.fault = "is not reached: " + httplib::to_string(result.error());
    } else if (result->status != http_ok) {
        answer.fault = "answers with status " + std::to_string(result->status);
    }
    return answer;
}

// A name's resolution has no bound of its own: who waits for it is not us.
Answer ask_in_time(const PageUrl& url)
{
    std::packaged_task<Answer()> task([url] { return ask(url); });
    auto result = task.get_future();
    std::thread(std::move(task)).detach();
    if (result.wait_for(std::chrono::seconds(page_total_s)) != std::future_status::ready) {
        return {.page = {}, .fault = "is not reached: no answer in time"};
    }
    try {
        return result.get();
    } catch (const std::exception&) {
        return {.page = {}, .fault = "is not reached: something went wrong within"};
    }
}

std::string_view take_line(std::string_view& page)
{
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(line.size() + 1, page.size()));
    return line;
}

// A line's value where it is a whole number, as all that we read are.
std::optional<std::int64_t> value_of(std::string_view page, std::string_view name)
{
    while (!page.empty()) {
        const std::string_view line = take_line(page);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(' ')) {
            return parse_limit(trim(line.substr(name.size())));
        }
    }
    return std::nullopt;
}

// What keeps the other workers from committing, and how many of them: `2 auth, 1 lost`.
std::string reasons_of(std::string_view page)
{
    constexpr std::string_view begin = "mmx_redis_unready_workers{reason=\"", end = "\"} ";
    std::string reasons;
    while (!page.empty()) {
        std::string_view line = take_line(page);
        if (!line.starts_with(begin)) {
            continue;
        }
        line.remove_prefix(begin.size());
        const std::string_view word = line.substr(0, line.find(end));
        const auto count =
            parse_limit(trim(line.substr(std::min(word.size() + end.size(), line.size()))));
        if (count.value_or(0) > 0 && word.find_first_not_of(reason_letters) == word.npos) {
            reasons += (reasons.empty() ? "" : ", ") + std::to_string(*count) + " ";
            reasons += word.substr(0, reason_length_max);
        }
    }
    return reasons;
}

// The version that nginx was built as, where it looks like one.
std::string nginx_of(std::string_view page)
{
    constexpr std::string_view begin = "mmx_nginx_info{version=\"", end = "\"} ";
    while (!page.empty()) {
        const std::string_view line = take_line(page);
        if (line.starts_with(begin)) {
            const std::string_view rest = line.substr(begin.size());
            const std::string_view text = rest.substr(0, std::min(rest.find(end), rest.size()));
            const bool good = text.size() <= version_length_max &&
                              text.find_first_not_of("0123456789.") == text.npos;
            return good ? std::string(text) : std::string();
        }
    }
    return {};
}

// Of how many workers, where the page says how many there are.
std::string of_all(const GatewayFigures& figures)
{
    return figures.workers ? " of " + std::to_string(*figures.workers) : "";
}

}  // namespace

PageUrl parse_page_url(std::string_view text)
{
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
    const std::size_t scheme = text.starts_with("https://")  ? 8
                               : text.starts_with("http://") ? 7
                                                             : 0;
    const std::string_view rest = text.substr(scheme);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view host = rest.substr(0, slash), path = rest.substr(slash);
    const auto printable = [](char c) { return c > ' ' && c < 0x7f && c != '#'; };
    if (scheme == 0 || host.empty() || host.find_first_not_of(allowed) != std::string_view::npos ||
        !std::ranges::all_of(path, printable)) {
        throw Error(ErrorCode::invalid_argument,
                    "wrong gateway: expected the address of its status page, such as "
                    "http://127.0.0.1:9145/metrics");
    }
    return {.origin = std::string(text.substr(0, scheme + slash)),
            .path = path.empty() ? "/" : std::string(path)};
}

GatewayFigures parse_gateway_page(std::string_view page)
{
    return {.ready_workers = value_of(page, "mmx_redis_ready_workers"),
            .workers = value_of(page, "mmx_workers"),
            .master_workers = value_of(page, "mmx_master_workers"),
            .unsettled = value_of(page, "mmx_unsettled_total"),
            .nginx = nginx_of(page),
            .unready = reasons_of(page)};
}

void judge_gateway(const GatewayFigures& figures, Findings& findings)
{
    if (!figures.ready_workers) {
        add(findings, Level::warn, "its page has no mmx_redis_ready_workers",
            "name the location with mmx_status");
        return;
    }
    const std::int64_t ready = *figures.ready_workers, wanted = figures.workers.value_or(1);
    const bool master = figures.master_workers.value_or(wanted) >= wanted;
    if (ready < wanted) {
        add(findings, Level::fail,
            std::to_string(ready) + of_all(figures) +
                " workers are ready: " + (ready == 0 ? "it answers 503" : "the others answer 503") +
                (figures.unready.empty() ? "" : " (" + figures.unready + ")"),
            "look into nginx's error log, and at its mmx_redis and mmx_secret");
    }
    if (!master) {
        add(findings, Level::fail,
            std::to_string(*figures.master_workers) + of_all(figures) +
                " workers hold the master key: " +
                (*figures.master_workers == 0 ? "it answers 503" : "the others answer 503"),
            "look into nginx's error log, and at its mmx_secret");
    }
    if (figures.unsettled.value_or(0) > 0) {
        add(findings, Level::warn,
            std::to_string(*figures.unsettled) + " commits were given up since it was started",
            "nginx's error log has a line for each");
    }
    if (ready >= wanted && master) {
        add(findings, Level::ok,
            std::to_string(ready) + of_all(figures) + (ready == 1 ? " worker is" : " workers are") +
                " ready");
    }
}

std::string check_gateway(const std::string& address, Findings& findings)
{
    if (address.empty()) {
        return {};
    }
    const Answer answer = ask_in_time(parse_page_url(address));
    if (!answer.fault.empty()) {
        add(findings, Level::warn, "its page at " + address + " " + answer.fault,
            "start nginx, or name the right address with --gateway");
        return {};
    }
    GatewayFigures figures = parse_gateway_page(answer.page);
    judge_gateway(figures, findings);
    return std::move(figures.nginx);
}

}  // namespace mmx::admin
