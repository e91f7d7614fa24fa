#include "trail/audit_chain.hpp"

#include <utility>

#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

void follow(AuditChain& chain, AuditKeys& keys, const AuditEntry& entry)
{
    if (chain.entries == 0) {
        chain.before = entry.prev;
        chain.first_time = entry.time;
    } else if (chain.fault.empty() && entry.prev != chain.last) {
        chain.fault = "entries are missing before " + entry.stream_id;
    }
    // What was altered says more than that the next one does not follow it.
    if (!keys.made(entry) &&
        (chain.fault.empty() || chain.fault.ends_with(" " + entry.stream_id))) {
        chain.fault = "entry " + entry.stream_id + " was altered";
    }
    chain.last = entry.hash;
    chain.entries++;
}

}  // namespace

AuditEntry read_entry(const Reply& item)
{
    AuditEntry entry;
    entry.stream_id = item.elements.at(0).text;
    const std::vector<Reply>& fields = item.elements.at(1).elements;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const std::string& name = fields[i].text;
        const std::string& value = fields[i + 1].text;
        const std::pair<std::string_view, std::string*> texts[] = {
            {field::audit_actor, &entry.actor},   {field::audit_address, &entry.address},
            {field::audit_action, &entry.action}, {field::audit_object, &entry.object},
            {field::audit_detail, &entry.detail}, {field::audit_prev, &entry.prev},
            {field::audit_hash, &entry.hash},
        };
        for (const auto& [known, text] : texts) {
            if (name == known) {
                *text = value;
            }
        }
        if (name == field::audit_time) {
            entry.time = parse_limit(value).value_or(0);
        }
    }
    return entry;
}

AuditChain walk_chain(RedisClient& redis, AuditKeys keys, const std::string& end,
                      const std::function<void(const AuditEntry&)>& seen)
{
    AuditChain chain;
    std::string position = "-";
    while (true) {
        const Reply reply = redis.call(Command{"XRANGE", redis_keys::audit, position, end, "COUNT",
                                               std::to_string(audit_batch)});
        // Every batch but the first begins with the entry that ended the one before, unless
        // somebody removes that one meanwhile.
        const bool again =
            !reply.elements.empty() && reply.elements.front().elements.at(0).text == position;
        const std::size_t begin = again ? 1 : 0;
        if (reply.elements.size() <= begin) {
            return chain;
        }
        for (std::size_t i = begin; i < reply.elements.size(); i++) {
            const AuditEntry entry = read_entry(reply.elements[i]);
            follow(chain, keys, entry);
            position = entry.stream_id;
            if (seen) {
                seen(entry);
            }
        }
    }
}

}  // namespace mmx::admin
