#include "base/settings.hpp"

#include <algorithm>

#include "host/secret_text.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::gate {
namespace {

constexpr std::string_view scheme = "Bearer ";
constexpr std::int64_t retention_days_default = 400;

}  // namespace

Settings::Settings(const Secrets& secrets, Metrics& metrics) : secrets_(secrets), metrics_(metrics)
{
}

void Settings::append_poll(std::string& out)
{
    using namespace redis_keys;
    resp::append_command(out,
                         {"HMGET", settings, field::timezone, field::master, field::retention_days,
                          field::language, field::contact, field::refund_bound});
    resp::append_command(out, {"TIME"});
}

bool Settings::refresh(const resp::Reply& values)
{
    if (values.type() != resp::Type::array || values.elements().size() != 6) {
        return false;
    }

    if (!read_once_ || values.text(0) != timezone_) {
        set_timezone(values.text(0));
    }
    if (!read_once_ || values.text(1) != sealed_master_) {
        set_master(values.text(1));
    }
    retention_days_ = values.integer(2) > 0 ? values.integer(2) : retention_days_default;
    chinese_ = values.text(3) == "zh";
    contact_ = values.text(4);
    refund_bound_ = parse_limit(values.text(5)).value_or(refund_bound_default);
    read_once_ = true;
    return true;
}

bool Settings::set_clock(const resp::Reply& time) noexcept
{
    if (time.type() != resp::Type::array || time.elements().size() != 2 || time.integer(0) <= 0) {
        return false;
    }
    clock_base_us_ = time.integer(0) * 1000000 + time.integer(1);
    clock_base_ms_ = ngx_current_msec;
    return true;
}

std::int64_t Settings::now_us() const noexcept
{
    return clock_base_us_ + static_cast<std::int64_t>(ngx_current_msec - clock_base_ms_) * 1000;
}

const QuotaDay& Settings::today()
{
    if (!today_ || !today_->contains(now())) {
        today_ = calendar_->day_at(now());
    }
    return *today_;
}

std::string_view Settings::authorization() const noexcept
{
    return {static_cast<const char*>(page_.data()), authorization_length_};
}

// The zone's file is read here, once for each change: a few kilobytes of the local tz database.
void Settings::set_timezone(std::string_view name)
{
    timezone_ = name;
    std::string_view wanted = name.empty() ? default_timezone : name;
    std::optional<Calendar> calendar = Calendar::load(wanted);
    if (!calendar) {
        // Going on in the old zone is exact in every other respect; a guess would not be.
        ngx_str_t text = ngx::borrow(wanted);
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: time zone \"%V\" is not in this host's tz database: %s", &text,
                      calendar_ ? "the former one stays in force" : "requests are refused");
        return;
    }
    calendar_ = std::move(calendar);
    today_.reset();
}

void Settings::set_master(std::string_view sealed)
{
    sealed_master_ = sealed;
    page_.clear();  // of the former key, which is nobody's any more
    authorization_length_ = 0;
    if (!sealed.empty() && page_.data() != nullptr) {
        open_master(sealed);
    }
    metrics_.show(metrics_.has_master, has_master() ? 1 : 0);
}

void Settings::open_master(std::string_view sealed)
{
    auto opened = unseal(secrets_.master(), sealed, redis_keys::sealed_master_field);
    const SecretText master = opened ? SecretText::adopt(*opened) : SecretText();
    if (master.empty() || scheme.size() + master.size() > page_.size()) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: the master key in Redis does not open with this secret file: put the "
                      "one in its place that Redis is sealed under, or set the master key again "
                      "with \"mmx-admind master set\"");
        return;
    }
    auto* text = static_cast<char*>(page_.data());
    const std::string_view key = master.view();
    std::copy(key.begin(), key.end(), std::copy(scheme.begin(), scheme.end(), text));
    authorization_length_ = scheme.size() + key.size();
}

}  // namespace mmx::gate
