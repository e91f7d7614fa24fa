#include "trail/audit_writer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "lib/redis_keys.hpp"
#include "trail/audit_chain.hpp"
#include "trail/audit_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::string_view own_actor = "mmx-admind";
constexpr std::int64_t day = 86400;  // seconds

// Whether the entries follow each other, and the first of them what the head says.
bool holds(AuditKeys keys, std::string_view before, const std::vector<AuditEntry>& entries)
{
    return std::ranges::all_of(entries, [&](const AuditEntry& entry) {
        const bool good = entry.prev == before && keys.made(entry);
        before = entry.hash;
        return good;
    });
}

}  // namespace

std::vector<Command> AuditWriter::append(std::vector<AuditEntry> entries, std::int64_t now)
{
    now_ = now;
    begin();
    cut();
    for (AuditEntry& entry : entries) {
        add(std::move(entry));
    }
    if (!added_.empty()) {
        commands_.push_back(Command{"SET", redis_keys::audit_head, sealed_head(secrets_, head_)});
    }
    return std::move(commands_);
}

std::optional<std::vector<Reply>> AuditWriter::transact(const std::vector<Command>& commands)
{
    try {
        auto replies = redis_.transact(commands);
        if (replies) {
            tell(false);
        }
        return replies;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::outcome_unknown) {
            tell(true);
        }
        throw;
    }
}

void AuditWriter::tell(bool unsure) const
{
    for (const auto& [number, entry] : added_) {
        keep_line(audit_line(number, entry, unsure));
    }
}

// Finds the head, or makes one, once.
void AuditWriter::begin()
{
    const std::vector<Reply> replies =
        redis_.pipeline({Command{"GET", redis_keys::audit_head},
                         Command{"HGET", redis_keys::settings, field::secret_check}});
    const std::string& check = checked(replies[1]).text;
    const FoundHead found = find_head(redis_, secrets_, checked(replies[0]).text, check);
    head_ = found.head;
    if (found.state == FoundHead::State::lost) {
        add_own("audit.fault", to_text({{"fault", "the head was missing or did not open"}}));
    }
    if (found.state != FoundHead::State::older || check.empty()) {
        return;
    }
    add_own("audit.adopt", to_text({{"entries", found.head.count}}));
    commands_.push_back(Command{"HDEL", redis_keys::settings, field::old_audit_head});
    // Where accounts are yet to be sealed, who does that raises the check.
    if (secrets_.stage_of_check(check) == SealStage::accounts) {
        commands_.push_back(Command{"HSET", redis_keys::settings, field::secret_check,
                                    secrets_.seal_check(SealStage::trail)});
    }
}

// A step at a time, and no more than once a day for the age alone.
void AuditWriter::cut()
{
    const std::int64_t age_end = now_ - audit_days_max * day;
    const bool long_ = head_.kept() >= static_cast<std::int64_t>(audit_length_max);
    const bool old = head_.kept() > 0 && head_.first_time + day <= age_end;
    if (!long_ && !old) {
        return;
    }
    const Reply reply = redis_.call(
        Command{"XRANGE", redis_keys::audit, "-", "+", "COUNT", std::to_string(audit_cut_max + 1)});
    std::vector<AuditEntry> oldest;
    std::ranges::transform(reply.elements, std::back_inserter(oldest), read_entry);
    if (oldest.size() < 2) {
        return;  // somebody removed them: what is left tells of it
    }
    const auto young =
        std::ranges::find_if(oldest, [&](const AuditEntry& entry) { return entry.time > age_end; });
    const auto aged = static_cast<std::size_t>(young - oldest.begin());
    const std::size_t count = long_ ? audit_cut_max : aged;
    if (count > 0) {
        cut_before(oldest, std::min(count, oldest.size() - 1), aged < count ? "length" : "age");
    }
}

void AuditWriter::cut_before(const std::vector<AuditEntry>& oldest, std::size_t count,
                             std::string_view why)
{
    if (!holds(AuditKeys(secrets_, head_.earlier), head_.before, oldest)) {
        head_.doubtful = head_.count + 1;  // so that the cut takes no fault away
        add_own("audit.fault", to_text({{"fault", "the oldest entries did not hold when cut"}}));
    }
    const AuditEntry& first = oldest[count];
    head_.first += static_cast<std::int64_t>(count);
    head_.before = first.prev;
    head_.first_time = first.time;
    std::erase_if(head_.earlier,
                  [&](const EarlierAuditKey& key) { return key.until < head_.first; });
    commands_.push_back(Command{"XTRIM", redis_keys::audit, "MINID", "=", first.stream_id});
    add_own("audit.cut", to_text({{"entries", count},
                                  {"why", why},
                                  {"first_kept", first.hash},
                                  {"first_number", head_.first}}));
}

void AuditWriter::add_own(std::string_view action, std::string detail)
{
    AuditEntry entry = audit_entry(action, "audit", std::move(detail));
    entry.actor = own_actor;
    add(std::move(entry));
}

void AuditWriter::add(AuditEntry entry)
{
    entry.time = now_;
    entry.prev = head_.hash;
    entry.hash = audit_hash(secrets_.audit(), entry);
    commands_.push_back(Command{"XADD", redis_keys::audit, "*"}
                            .add(field::audit_time, std::to_string(entry.time))
                            .add(field::audit_actor, entry.actor)
                            .add(field::audit_address, entry.address)
                            .add(field::audit_action, entry.action)
                            .add(field::audit_object, entry.object)
                            .add(field::audit_detail, entry.detail)
                            .add(field::audit_prev, entry.prev)
                            .add(field::audit_hash, entry.hash));
    head_.hash = entry.hash;
    head_.count++;
    if (head_.kept() == 1) {
        head_.first_time = entry.time;
    }
    added_.emplace_back(head_.count, std::move(entry));
}

}  // namespace mmx::admin
