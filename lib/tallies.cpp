#include "lib/tallies.hpp"

#include <algorithm>

namespace mmx {

void Tallies::add(const Date& date, std::string_view name, std::int64_t count, std::int64_t time)
{
    auto same = std::find_if(pending_.begin(), pending_.end(), [&](const Tally& tally) {
        return tally.date == date && tally.name == name;
    });
    if (same == pending_.end()) {
        if (pending_.size() >= tallies_max) {
            return;
        }
        same = pending_.insert(pending_.end(), Tally{.date = date, .name = std::string(name)});
        same->first = time;
    }
    same->count += count;
    same->last = std::max(same->last, time);
}

}  // namespace mmx
