#include "api/keys.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "api/common.hpp"
#include "api/entity_tag.hpp"
#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/names.hpp"
#include "daemon/daemon.hpp"
#include "format/csv_exports.hpp"
#include "format/json.hpp"
#include "store/key_list.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t page_limit_max = 200, page_limit_default = 50;
constexpr std::int64_t page_offset_max = 10000000;
constexpr Bounds search_length{1, 128};
constexpr Bounds user_length{1, static_cast<std::int64_t>(user_length_max)};
constexpr Bounds api_key_length{1, 128};
constexpr std::int64_t export_retry_s = 5;

constexpr std::string_view status_names[] = {"active", "disabled", "expired", "exhausted"};
constexpr std::string_view sort_names[] = {"created", "user", "today", "month"};
constexpr std::string_view order_names[] = {"asc", "desc"};

// The filter's part of the query.
KeyFilter key_filter(Call& call)
{
    Query& query = call.query();
    KeyFilter filter;
    filter.search = query.text("search", search_length).value_or("");
    if (is_well_formed_api_key(filter.search)) {
        refuse_field("search", "a whole key has no place in an address: use POST /keys/search");
    }
    if (const auto user = query.text("user", user_length)) {
        filter.user = sought_name(*user);
    }
    if (const auto status = query.choice("status", status_names)) {
        filter.status = parse_status(status_names[*status]);
    }
    if (const auto sort = query.choice("sort", sort_names)) {
        filter.sort = parse_order(sort_names[*sort]).value_or(filter.sort);
    }
    const auto order = query.choice("order", order_names);
    filter.descending =
        order ? order_names[*order] == "desc" : is_descending_by_default(filter.sort);
    return filter;
}

Response page_response(Call& call, const KeyFilter& filter)
{
    const KeyPage page = KeyList(call.store()).list(filter, call.today(), call.now());
    Json json = key_page_json(page, filter, call.calendar(), call.now());
    // A key is switched from the list as well, without a look at it alone.
    for (std::size_t i = 0; i < page.keys.size(); i++) {
        json["keys"][i]["etag"] = tag_of(page.keys[i]);
    }
    put_zone(json, call);
    return json_response(json);
}

// What an export goes on with after its call has ended.
struct KeyExport {
    std::unique_ptr<RedisPool::Lease> lease;
    std::shared_ptr<void> turn;
    const Secrets& secrets;
    KeyFilter filter;
    Calendar calendar;
    std::int64_t now;

    void write(const std::function<bool(std::string_view)>& sink)
    {
        Store store(lease->client(), secrets, "");
        if (!sink(std::string(byte_order_mark) + keys_csv_head())) {
            return;
        }
        KeyList(store).each_page(
            filter, calendar.day_at(now), now,
            [&](const std::vector<Key>& page) { return sink(keys_csv(page, calendar, now)); });
    }
};

// An export has all keys or none: one user's in an order that can be walked to the end, and the
// matches of a search only when it looked at all of them.
void make_walkable(Call& call, KeyFilter& filter)
{
    if (filter.search.empty()) {
        if (filter.user) {
            filter.sort = KeyOrder::user;
        }
        return;
    }
    KeyFilter first = filter;
    first.limit = 1;
    if (KeyList(call.store()).list(first, call.today(), call.now()).truncated) {
        refuse_field("search", "too many keys match to export: narrow the search");
    }
}

}  // namespace

Response list_keys(Call& call)
{
    KeyFilter filter = key_filter(call);
    filter.limit = static_cast<std::size_t>(
        call.query().number("limit", {1, page_limit_max}).value_or(page_limit_default));
    filter.offset =
        static_cast<std::size_t>(call.query().number("offset", {0, page_offset_max}).value_or(0));
    call.query().finish();
    return page_response(call, filter);
}

Response export_keys(Call& call)
{
    KeyFilter filter = key_filter(call);
    call.query().finish();
    make_walkable(call, filter);
    auto turn = call.daemon().exports.take();
    if (!turn) {
        throw Error::too_many("other exports are running: try again in a moment", export_retry_s);
    }
    const std::int64_t now = call.now();
    const std::string date = call.today().date;
    auto work = std::make_shared<KeyExport>(KeyExport{.lease = nullptr,
                                                      .turn = std::move(turn),
                                                      .secrets = call.daemon().secrets,
                                                      .filter = std::move(filter),
                                                      .calendar = load_calendar(call.settings()),
                                                      .now = now});
    call.release_redis();
    work->lease = call.daemon().pool.lease();
    Response response = csv_response("mmx-keys-" + date + ".csv", "");
    response.body.clear();
    response.stream = [work](const std::function<bool(std::string_view)>& sink) {
        work->write(sink);
    };
    return response;
}

Response find_by_key(Call& call)
{
    KeyFilter filter;
    filter.search = call.body().required_text("key", api_key_length);
    const WipedAtEnd wiped(filter.search);
    call.body().finish();
    filter.limit = 1;
    if (!is_well_formed_api_key(filter.search)) {
        refuse_field("key", "expected a whole gateway key, mmx- and 16 to 64 letters or digits");
    }
    return page_response(call, filter);
}

Response get_key(Call& call)
{
    call.query().finish();
    return keyed_response(call, find_key(call, key_of_path(call)));
}

}  // namespace mmx::admin
