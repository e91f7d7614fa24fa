#pragma once

// What a command or a request works on: the store and, read when they are first asked for, the
// settings, the calendar of their zone, and the time. What was read stays as it was, so that one
// piece of work sees one time and one zone throughout. Throws Error.

#include <cstdint>
#include <functional>
#include <optional>

#include "lib/calendar.hpp"
#include "store/settings.hpp"
#include "store/store.hpp"

namespace mmx::admin {

class Deployment {
public:
    // open makes the store of whoever works; it is called when one is first needed.
    explicit Deployment(std::function<Store()> open) : open_(std::move(open)) {}

    Store& store();      // of a Redis that was set up with this secret
    Store& raw_store();  // nothing was verified

    const Settings& settings();
    const Calendar& calendar();
    std::int64_t now();  // Redis' clock
    QuotaDay today() { return calendar().day_at(now()); }

    // Drops the store, since its connection goes; it is opened again when it is next needed.
    void close() noexcept;

private:
    std::function<Store()> open_;
    std::optional<Store> store_;
    bool verified_ = false;  // of store_
    std::optional<Settings> settings_;
    std::optional<Calendar> calendar_;
    std::optional<std::int64_t> now_;
};

}  // namespace mmx::admin
