#pragma once

// Keeps the views of the keys (see views.hpp) where what they say changes by itself. Any number of
// processes may do so, at any time: what is done twice does no harm, and what a crash leaves undone
// is done by the next. Throws Error.

#include <cstddef>
#include <cstdint>

#include "lib/calendar.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t catch_up_batch = 50;  // keys placed while nobody else is served
inline constexpr int walk_batches_max = 10;        // of one step of catch_up()

class ViewKeeper {
public:
    // guarded: whether KeyGuard looks at the keys that were used, too; all must be sealed then.
    explicit ViewKeeper(Store& store, bool guarded = false) : store_(store), guarded_(guarded) {}

    // One bounded step: places keys that were used, up to bound, that expired, up to bound, and at
    // a new quota day all, from the oldest on, up to walk_batches_max times bound; builds the views
    // where there are none. Returns whether more is due.
    bool catch_up(std::size_t bound = catch_up_batch);

    // Catches up until the views stand, where they are being built anew.
    void require_built();

private:
    bool place_touched(std::size_t bound, const QuotaDay& at, std::int64_t now);
    bool place_expired(std::size_t bound, const QuotaDay& at, std::int64_t now);
    bool walk_on(std::size_t bound, const QuotaDay& at, std::int64_t now);

    Store& store_;
    bool guarded_;
};

}  // namespace mmx::admin
