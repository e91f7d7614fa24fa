#pragma once

// Lists, searches and counts of keys, by the views (see views.hpp). Which keys stand where may be a
// second or two old, what is said of each is not; one whose status has changed meanwhile is shown
// with its true one. A search, and one user's keys by today or month, look at search_matches_max of
// those that match. Throws Error.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/calendar.hpp"
#include "store/key.hpp"
#include "store/store.hpp"
#include "store/views.hpp"

namespace mmx::admin {

struct KeyFilter {
    std::optional<std::string> user;  // exactly
    std::optional<KeyStatus> status;
    // A whole gateway key; else the beginning of an id, of a word of user or note, of a character
    // there that is not ASCII, or of a visible part of the hint. ASCII letters of either case.
    std::string search;
    KeyOrder sort = KeyOrder::created;
    bool descending = is_descending_by_default(KeyOrder::created);
    std::size_t limit = 100, offset = 0;
};

struct KeyPage {
    std::size_t total = 0;   // that the filter lets through
    bool truncated = false;  // more match than were looked at: total is what was found among those
    std::vector<Key> keys;   // in the order asked for
};

struct KeyCounts {
    std::size_t total = 0, active = 0, disabled = 0, expired = 0, exhausted = 0;
};

// `at` is the quota day whose counters are wanted.
class KeyList {
public:
    explicit KeyList(Store& store) : store_(store) {}

    KeyPage list(const KeyFilter& filter, const QuotaDay& at, std::int64_t now);

    // All that the filter lets through whatever its limit and offset, page by page, in constant
    // memory, until take returns false. Whether it was truncated, as in KeyPage.
    bool each_page(const KeyFilter& filter, const QuotaDay& at, std::int64_t now,
                   const std::function<bool(const std::vector<Key>& page)>& take);

    KeyCounts counts();
    std::vector<KeyId> busiest(std::size_t count);  // by requests today; none without any

private:
    KeyPage find_matches(const KeyFilter& filter, const QuotaDay& at, std::int64_t now);

    Store& store_;
};

}  // namespace mmx::admin
