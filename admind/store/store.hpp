#pragma once

// What makes a change whole: its commands and its audit entries go in one MULTI, so neither exists
// without the other. What a change was decided on is watched: when somebody else changes it
// meanwhile, it is decided again. Keys, settings, accounts and whatever else changes by people's
// will are built on this. Throws Error.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secrets.hpp"
#include "redis/client.hpp"
#include "trail/audit.hpp"

namespace mmx::admin {

inline constexpr int change_attempts_max = 50;  // before a contended change gives up

class AuditWriter;

class Store {
public:
    // A change with the audit entries that tell of it; with neither, nothing is done. called_back:
    // keys that it takes something from; the gateways give back what they were lent of these before
    // apply() returns, so that it holds for every request that comes then.
    struct Change {
        std::vector<Command> commands;
        std::vector<AuditEntry> entries;
        std::vector<KeyId> called_back = {};
    };

    // actor and address: who works, from where, for the audit trail; see AuditEntry.
    Store(RedisClient& redis, const Secrets& secrets, std::string actor, std::string address = {});

    // What must hold whenever a change is decided; throws where it does not. Nothing: nothing must.
    using Condition = std::function<void(Store&)>;
    void set_condition(Condition condition) { condition_ = std::move(condition); }

    // Decides a change with build, again and again while others change what is watched, and makes
    // it with its audit entries in one MULTI. Every change watches the audit trail, so no two run
    // at once; nothing that strangers cause writes there. One that does nothing still does what is
    // due to the trail by itself. Returns the replies to the change's own commands. Where this
    // Redis is sealed under another secret, or being moved to one, nothing is changed: it throws.
    std::vector<Reply> apply(const std::vector<std::string>& watched,
                             const std::function<Change(std::int64_t now)>& build);

    RedisClient& redis() noexcept { return redis_; }
    const Secrets& secrets() const noexcept { return secrets_; }
    const std::string& actor() const noexcept { return actor_; }
    const std::string& address() const noexcept { return address_; }

    // How much of this Redis is sealed; nothing where it is not set up, or under another secret.
    std::optional<SealStage> stage();

    // Throws unless `init` was run on this Redis with this secret, or it was moved to it.
    void require_initialized();

    std::int64_t now();  // Redis' clock, seconds since 1970

private:
    bool is_initialized();  // throws where it is, but not with this secret alone
    std::vector<Command> audit_commands(std::vector<AuditEntry> entries, std::int64_t now,
                                        AuditWriter& writer) const;

    RedisClient& redis_;
    const Secrets& secrets_;
    std::string actor_, address_;
    Condition condition_;
};

}  // namespace mmx::admin
