#include "phases/limit_headers.hpp"

#include <algorithm>

#include "worker.hpp"

namespace mmx::gate {
namespace {

constexpr std::size_t number_length = 3 * NGX_INT64_LEN;  // a number, or hours, minutes, seconds

struct Names {
    std::string_view limit, remaining, reset;
};
constexpr Names tightest = {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
                            "x-ratelimit-reset-requests"};
constexpr Names day = {"x-ratelimit-limit-requests-day", "x-ratelimit-remaining-requests-day",
                       "x-ratelimit-reset-requests-day"};
constexpr Names month = {"x-ratelimit-limit-requests-month", "x-ratelimit-remaining-requests-month",
                         "x-ratelimit-reset-requests-month"};

// One window's three values, written once and used for the tightest as well.
struct Values {
    ngx_str_t limit, remaining, reset;
};

ngx_str_t write_number(u_char*& at, std::int64_t number) noexcept
{
    u_char* begin = at;
    at = ngx_sprintf(at, "%L", number);
    return {static_cast<std::size_t>(at - begin), begin};
}

ngx_str_t write_duration(u_char*& at, std::int64_t seconds) noexcept
{
    u_char* begin = at;
    if (seconds >= 3600) {
        at = ngx_sprintf(at, "%Lh", seconds / 3600);
    }
    if (seconds >= 60) {
        at = ngx_sprintf(at, "%Lm", seconds / 60 % 60);
    }
    at = ngx_sprintf(at, "%Ls", seconds % 60);
    return {static_cast<std::size_t>(at - begin), begin};
}

Values write(u_char*& at, std::int64_t limit, std::int64_t remaining, std::int64_t reset) noexcept
{
    return {write_number(at, limit), write_number(at, remaining), write_duration(at, reset)};
}

bool add(ngx_http_request_t* r, const Names& names, const Values& values) noexcept
{
    return ngx::add_header(r, names.limit, values.limit) &&
           ngx::add_header(r, names.remaining, values.remaining) &&
           ngx::add_header(r, names.reset, values.reset);
}

void drop_upstreams_own(ngx_http_request_t* r) noexcept
{
    constexpr std::string_view prefix = "x-ratelimit-";
    ngx::each_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
        if (header.key.len > prefix.size() &&
            ngx_strncasecmp(header.key.data,
                            reinterpret_cast<u_char*>(const_cast<char*>(prefix.data())),
                            prefix.size()) == 0) {
            header.hash = 0;
        }
    });
}

ngx_http_output_header_filter_pt next_header_filter;

ngx_int_t on_header(ngx_http_request_t* r) noexcept
{
    if (r == r->main) {
        Admission* admission = Admission::find(r);
        if (admission != nullptr && admission->admitted() && !admission->headers_added) {
            admission->headers_added = true;
            drop_upstreams_own(r);
            if (!add_limit_headers(r, admission->windows, Worker::current()->settings.now())) {
                return NGX_ERROR;
            }
        }
    }
    return next_header_filter(r);
}

}  // namespace

bool add_limit_headers(ngx_http_request_t* r, const Windows& windows, std::int64_t now) noexcept
{
    bool has_day = windows.day_limit > 0, has_month = windows.month_limit > 0;
    if (!has_day && !has_month) {
        return true;
    }
    auto* at = static_cast<u_char*>(ngx_pnalloc(r->pool, 6 * number_length));
    if (at == nullptr) {
        return false;
    }

    auto left = [](std::int64_t limit, std::int64_t used) {
        return std::max<std::int64_t>(limit - used, 0);
    };
    std::int64_t day_left = left(windows.day_limit, windows.day_used);
    std::int64_t month_left = left(windows.month_limit, windows.month_used);

    Values of_day{}, of_month{};
    if (has_day) {
        of_day = write(at, windows.day_limit, day_left, left(windows.day_ends, now));
    }
    if (has_month) {
        of_month = write(at, windows.month_limit, month_left, left(windows.month_ends, now));
    }
    bool month_is_tightest = !has_day || (has_month && month_left <= day_left);
    return add(r, tightest, month_is_tightest ? of_month : of_day) &&
           (!has_day || add(r, day, of_day)) && (!has_month || add(r, month, of_month));
}

void install_limit_headers() noexcept
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header;
}

}  // namespace mmx::gate
