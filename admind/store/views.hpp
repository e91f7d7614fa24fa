#pragma once

// The ordered views of the keys that Redis keeps, and the commands that keep them.
//
// For all keys and for each status there is a sorted set for each order, so that a page is a range
// by rank: its cost does not depend on how many keys there are. Equal keys stand by id, always in
// the same order. The views hold what the records say and nothing else: every change places its
// keys in its own MULTI, and ViewKeeper those that change by themselves, through use, expiry
// or a new quota day. So a view is behind the records by a second or two, or, where no daemon runs,
// until the next `key list`; what is shown of a key is read from its record all the same.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/calendar.hpp"
#include "redis/client.hpp"
#include "store/key.hpp"

namespace mmx::admin {

// Raised when what the views or the search hold changes: they are then built anew.
inline constexpr std::string_view views_version = "1";

inline constexpr std::size_t place_batch = 250;          // keys placed by one script
inline constexpr std::size_t search_text_max = 24;       // bytes of an entry's text
inline constexpr std::size_t search_entries_max = 32;    // of one key's user and note
inline constexpr std::size_t search_matches_max = 1000;  // entries one search looks at

enum class KeyOrder { created, user, today, month };

std::string_view order_name(KeyOrder order) noexcept;
std::optional<KeyOrder> parse_order(std::string_view name) noexcept;

// What people mean when they name no direction: the newest and the busiest first, users from a.
constexpr bool is_descending_by_default(KeyOrder order) noexcept
{
    return order != KeyOrder::user;
}

// The sorted set of that status and order; without a status, of all keys.
std::string view_name(std::optional<KeyStatus> status, KeyOrder order);

// Every name that place.lua and search.lua write but mmx:touched, for building anew.
std::vector<std::string> view_names();

// A member of the order `user` begins with this for keys of exactly that user, and for no others.
std::string user_prefix(std::string_view user);

// Sorts as the member of the order `user` does.
std::string user_member(const Key& key);

// A member of any view, or an entry of the search, ends with its key's id.
std::optional<KeyId> id_of_member(std::string_view member);

// Places the keys, at most place_batch by each command; for the end of a MULTI.
std::vector<Command> place_commands(const std::vector<KeyId>& ids, const QuotaDay& at,
                                    std::int64_t now);

// Adds the keys' search entries, or removes them; these around what changes user, note, hint or id.
enum class SearchAction { add, remove };
std::vector<Command> search_commands(const std::vector<KeyId>& ids, SearchAction action);

// From where to where the entries lie that a text could be found by: min <= entry < max. Nothing
// when it holds no letter, digit or character beyond ASCII.
struct EntryRange {
    std::string min, max;
};
std::optional<EntryRange> text_range(std::string_view text);
std::optional<EntryRange> id_range(std::string_view beginning);  // hex digits

}  // namespace mmx::admin
