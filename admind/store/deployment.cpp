#include "store/deployment.hpp"

namespace mmx::admin {

Store& Deployment::raw_store()
{
    if (!store_) {
        store_.emplace(open_());
    }
    return *store_;
}

Store& Deployment::store()
{
    Store& store = raw_store();
    if (!verified_) {
        store.require_initialized();
        verified_ = true;
    }
    return store;
}

const Settings& Deployment::settings()
{
    if (!settings_) {
        settings_ = read_settings(store());
    }
    return *settings_;
}

const Calendar& Deployment::calendar()
{
    if (!calendar_) {
        calendar_ = load_calendar(settings());
    }
    return *calendar_;
}

std::int64_t Deployment::now()
{
    if (!now_) {
        now_ = store().now();
    }
    return *now_;
}

void Deployment::close() noexcept
{
    store_.reset();
    verified_ = false;
}

}  // namespace mmx::admin
