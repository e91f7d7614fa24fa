#include "phases/limit_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lib/text.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

constexpr std::size_t duration_length = NGX_INT64_LEN + std::string_view("h59m59s").size();
constexpr std::size_t window_length = 2 * NGX_INT64_LEN + duration_length;

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

char* write_digits(char* at, std::int64_t number) noexcept
{
    return std::to_chars(at, at + NGX_INT64_LEN, number).ptr;
}

char* write_duration(char* at, std::int64_t seconds) noexcept
{
    if (seconds >= 3600) {
        at = write_digits(at, seconds / 3600);
        *at++ = 'h';
    }
    if (seconds >= 60) {
        at = write_digits(at, seconds / 60 % 60);
        *at++ = 'm';
    }
    at = write_digits(at, seconds % 60);
    *at++ = 's';
    return at;
}

// The text of a number that is the same for most requests: of a window's limit, and of the time
// until it ends, which is that of all keys of a deployment.
template <char* (*write)(char*, std::int64_t) noexcept>
class Kept {
public:
    std::string_view text(std::int64_t number) noexcept
    {
        if (number != number_) {
            number_ = number;
            length_ = static_cast<std::size_t>(write(text_.data(), number) - text_.data());
        }
        return {text_.data(), length_};
    }

private:
    std::int64_t number_ = -1;
    std::array<char, duration_length> text_;
    std::size_t length_ = 0;
};

struct KeptTexts {
    Kept<write_digits> limit;
    Kept<write_duration> reset;
};

ngx_str_t put(char*& at, std::string_view text) noexcept
{
    char* const begin = std::exchange(at, std::ranges::copy(text, at).out);
    return ngx::borrow({begin, at});
}

Values write(char*& at, KeptTexts& texts, std::int64_t limit, std::int64_t remaining,
             std::int64_t reset) noexcept
{
    const ngx_str_t limit_text = put(at, texts.limit.text(limit));
    char* const begin = std::exchange(at, write_digits(at, remaining));
    return {limit_text, ngx::borrow({begin, at}), put(at, texts.reset.text(reset))};
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
        if (header.key.len > prefix.size() && starts_with_folded(ngx::view(header.key), prefix)) {
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
    auto* at = static_cast<char*>(ngx_pnalloc(r->pool, 2 * window_length));
    if (at == nullptr) {
        return false;
    }

    auto left = [](std::int64_t limit, std::int64_t used) {
        return std::max<std::int64_t>(limit - used, 0);
    };
    std::int64_t day_left = left(windows.day_limit, windows.day_used);
    std::int64_t month_left = left(windows.month_limit, windows.month_used);

    static KeptTexts day_texts, month_texts;
    Values of_day{}, of_month{};
    if (has_day) {
        const std::int64_t reset = left(windows.day_ends, now);
        of_day = write(at, day_texts, windows.day_limit, day_left, reset);
    }
    if (has_month) {
        const std::int64_t reset = left(windows.month_ends, now);
        of_month = write(at, month_texts, windows.month_limit, month_left, reset);
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
