#include "phases/metrics_page.hpp"

#include <string>

#include "base/metrics.hpp"
#include "config/config.hpp"

namespace mmx::gate {
namespace {

class Page {
public:
    explicit Page(ngx_shm_zone_t* zone)
        : used_(MetricsZone::used(zone)), present_(MetricsZone::present(zone))
    {
    }

    std::string write();

private:
    template <class Get>
    static std::uint64_t sum(std::span<Metrics> slots, Get&& get) noexcept
    {
        std::uint64_t total = 0;
        for (Metrics& slot : slots) {
            total += get(slot).load(std::memory_order_relaxed);
        }
        return total;
    }

    void head(std::string_view name, std::string_view type, std::string_view help)
    {
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
        text_.append(name).append(" ").append(type).append("\n");
    }

    void line(std::string_view name, std::string_view labels, const std::string& value)
    {
        text_.append(name);
        if (!labels.empty()) {
            text_.append("{").append(labels).append("}");
        }
        text_.append(" ").append(value).append("\n");
    }

    template <class Get>
    void counter(std::string_view name, std::string_view help, Get&& get)
    {
        head(name, "counter", help);
        line(name, {}, std::to_string(sum(used_, get)));
    }

    template <class Get>
    void gauge(std::string_view name, std::string_view help, Get&& get)
    {
        head(name, "gauge", help);
        line(name, {}, std::to_string(sum(present_, get)));
    }

    // scale: what a unit of the bounds and the sum is of the unit that the name promises.
    template <std::size_t N, class Get>
    void histogram(std::string_view name, std::string_view help,
                   const std::array<std::uint64_t, N>& bounds, double scale, Get&& get);

    void show_workers();
    void show_taken_back();
    void show_credit();

    std::span<Metrics> used_, present_;
    std::string text_;
};

std::string decimal(double value)
{
    std::array<char, 40> text;
    int n = std::snprintf(text.data(), text.size(), "%g", value);
    return {text.data(), static_cast<std::size_t>(n)};
}

template <std::size_t N, class Get>
void Page::histogram(std::string_view name, std::string_view help,
                     const std::array<std::uint64_t, N>& bounds, double scale, Get&& get)
{
    head(name, "histogram", help);
    std::string bucket = std::string(name) + "_bucket";
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= N; ++i) {
        below += sum(used_, [&](Metrics& s) -> Metrics::Counter& { return get(s).buckets[i]; });
        std::string le = i < N ? decimal(static_cast<double>(bounds[i]) * scale) : "+Inf";
        line(bucket, "le=\"" + le + "\"", std::to_string(below));
    }
    std::uint64_t total = sum(used_, [&](Metrics& s) -> Metrics::Counter& { return get(s).sum; });
    line(std::string(name) + "_sum", {}, decimal(static_cast<double>(total) * scale));
    line(std::string(name) + "_count", {}, std::to_string(below));
}

void Page::show_workers()
{
    std::array<std::size_t, static_cast<std::size_t>(RedisState::count)> workers{};
    for (const Metrics& slot : present_) {
        ++workers[slot.redis_state.load(std::memory_order_relaxed) % workers.size()];
    }
    head("mmx_nginx_info", "gauge", "The nginx that this runs in, by its version.");
    line("mmx_nginx_info", "version=\"" NGINX_VERSION "\"", "1");
    head("mmx_workers", "gauge", "Workers that nginx has by its configuration.");
    line("mmx_workers", {}, std::to_string(present_.size()));
    head("mmx_redis_ready_workers", "gauge", "Workers that may commit at this moment.");
    line("mmx_redis_ready_workers", {},
         std::to_string(workers[static_cast<std::size_t>(RedisState::ready)]));
    head("mmx_redis_unready_workers", "gauge", "The other workers, by what keeps them from it.");
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const auto state = static_cast<RedisState>(i);
        if (state != RedisState::ready) {
            line("mmx_redis_unready_workers",
                 "reason=\"" + std::string(redis_state_word(state)) + "\"",
                 std::to_string(workers[i]));
        }
    }
    gauge(
        "mmx_master_workers", "Workers that hold the master key.",
        [](Metrics & s) -> auto& { return s.has_master; });
}

void Page::show_taken_back()
{
    counter(
        "mmx_refunds_total",
        "Admissions taken back: the upstream or the way there failed, or nothing was sent.",
        [](Metrics & s) -> auto& { return s.refunds; });
    counter(
        "mmx_refunds_withheld_total",
        "Of these, charged after all: beyond what a key is given back in a day.",
        [](Metrics & s) -> auto& { return s.refunds_withheld; });
    counter(
        "mmx_unused_grants_total", "Admissions given back because the request had gone.",
        [](Metrics & s) -> auto& { return s.unused_grants; });
    counter(
        "mmx_unsettled_total", "Commits given up; see the error log.",
        [](Metrics & s) -> auto& { return s.unsettled; });
}

void Page::show_credit()
{
    counter(
        "mmx_credit_lent_total", "Admissions charged in advance, for a worker to hand out.",
        [](Metrics & s) -> auto& { return s.credit_lent; });
    counter(
        "mmx_credit_spent_total", "Of these, handed out: requests that waited for no commit.",
        [](Metrics & s) -> auto& { return s.credit_spent; });
    counter(
        "mmx_credit_recalled_total", "Of these, given back because they were called back.",
        [](Metrics & s) -> auto& { return s.credit_recalled; });
    counter(
        "mmx_credit_lapsed_total",
        "Of these, given back because Redis kept silent too long, or "
        "their day was over.",
        [](Metrics & s) -> auto& { return s.credit_lapsed; });
    counter(
        "mmx_credit_idle_total", "Of these, given back because nobody asked for them.",
        [](Metrics & s) -> auto& { return s.credit_idle; });
    gauge(
        "mmx_credit_keys", "Keys that credit is held for, each worker's own.",
        [](Metrics & s) -> auto& { return s.credit_keys; });
}

std::string Page::write()
{
    head("mmx_requests_total", "counter", "Requests by verdict.");
    for (std::size_t i = 0; i < static_cast<std::size_t>(Counted::count); ++i) {
        std::string_view word = counted_word(static_cast<Counted>(i));
        line("mmx_requests_total", "verdict=\"" + std::string(word) + "\"",
             std::to_string(
                 sum(used_, [&](Metrics& s) -> Metrics::Counter& { return s.verdicts[i]; })));
    }
    histogram(
        "mmx_commit_admissions", "Admissions asked for in one commit.", commit_size_bounds, 1.0,
        [](Metrics & s) -> auto& { return s.commits; });
    histogram(
        "mmx_redis_round_trip_seconds", "From writing a commit to reading its answer.",
        round_trip_bounds_us, 1e-6, [](Metrics & s) -> auto& { return s.round_trips; });
    counter(
        "mmx_commits_repeated_total", "Commits sent again after a lost reply.",
        [](Metrics & s) -> auto& { return s.commits_repeated; });
    counter(
        "mmx_commit_errors_total", "Commits that Redis answered with an error.",
        [](Metrics & s) -> auto& { return s.commit_errors; });
    show_taken_back();
    show_credit();
    counter(
        "mmx_redis_connects_total", "Connections made to Redis.",
        [](Metrics & s) -> auto& { return s.redis_connects; });
    counter(
        "mmx_account_rejections_total",
        "Answers in which MiniMax refused the gateway's own account.",
        [](Metrics & s) -> auto& { return s.account_rejections; });
    counter(
        "mmx_redis_losses_total", "Connections to Redis lost, or not made.",
        [](Metrics & s) -> auto& { return s.redis_losses; });
    counter(
        "mmx_upstream_requests_total", "Requests sent on, each try of one.",
        [](Metrics & s) -> auto& { return s.upstream_requests; });
    counter(
        "mmx_upstream_connections_total", "Connections made for them.",
        [](Metrics & s) -> auto& { return s.upstream_connections; });
    counter(
        "mmx_upstream_handshakes_total", "TLS handshakes on these connections.",
        [](Metrics & s) -> auto& { return s.upstream_handshakes; });
    counter(
        "mmx_upstream_look_up_failures_total", "Look-ups of the upstream's name that failed.",
        [](Metrics & s) -> auto& { return s.upstream_look_up_failures; });
    show_workers();
    gauge(
        "mmx_waiting_requests", "Requests that wait for Redis.",
        [](Metrics & s) -> auto& { return s.waiting; });
    return std::move(text_);
}

}  // namespace

ngx_int_t on_metrics_page(ngx_http_request_t* r) noexcept
{
    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    if (ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) {
        return rc;
    }

    auto* config = static_cast<MainConfig*>(ngx_http_get_module_main_conf(r, ngx_http_mmx_module));
    ngx_str_t text = ngx::guard(r->connection->log, ngx_str_t{0, nullptr},
                                [&] { return ngx::copy(r->pool, Page(config->metrics).write()); });
    if (text.data == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx::send_text(r, NGX_HTTP_OK, ngx_string("text/plain; version=0.0.4"), text);
}

}  // namespace mmx::gate
