#pragma once

// The keys derived from the secret file, and what they seal and open. Nothing here prints a secret.

#include <optional>
#include <string>
#include <string_view>

#include "host/secret_text.hpp"
#include "lib/api_key.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {

inline constexpr std::size_t master_key_length_min = 16, master_key_length_max = 4096;  // bytes

// What of a Redis is sealed; releases before left it at one of these.
enum class SealStage {
    masters,   // gateway keys and the master key
    accounts,  // and accounts and API tokens
    trail,     // and where the audit trail begins and ends
    keys       // and what gateway keys may do
};

// One key for each purpose.
class Secrets {
public:
    // Reads the file; throws Error{secret_file} that says what is wrong and what to do.
    static Secrets load(const std::string& path);

    explicit Secrets(const Secret& secret);
    Secrets(const Secrets&) = delete;
    Secrets& operator=(const Secrets&) = delete;

    KeyId id(std::string_view api_key) const noexcept;

    // Each throws Error{sealed_value} when the value does not open.
    std::string seal_master(std::string_view master) const;
    SecretText open_master(std::string_view sealed) const;
    std::string seal_key(const KeyId& id, std::string_view api_key) const;
    SecretText open_key(const KeyId& id, std::string_view sealed) const;

    // A value that only opens under this secret, so that another secret file is noticed.
    // It also says what of this Redis is sealed; nothing of it opens where there is no stage.
    std::string seal_check(SealStage stage) const;
    bool opens_check(std::string_view sealed) const { return stage_of_check(sealed).has_value(); }
    std::optional<SealStage> stage_of_check(std::string_view sealed) const;

    // What marks that a Redis is being moved to this secret.
    std::string seal_reseal_mark() const;
    bool opens_reseal_mark(std::string_view sealed) const;

    // What one secret sealed, as this one seals it; the same value where it is this one's already,
    // and nothing where it opens under neither.
    std::optional<std::string> reseal_master(std::string_view sealed, const Secrets& before) const;
    std::optional<std::string> reseal_key(const KeyId& id, std::string_view sealed,
                                          const Secrets& before) const;
    std::optional<std::string> reseal_record(std::string_view record, std::string_view sealed,
                                             const Secrets& before) const;

    // The key that entries of the audit trail were hashed with under a secret before this one.
    std::string seal_audit_key(const SubKey& key) const;
    std::optional<SubKey> open_audit_key(std::string_view sealed) const;

    // Whether they are of one secret; and whether both name the same things alike.
    bool is_same(const Secrets& other) const noexcept { return check_ == other.check_; }
    bool names_like(const Secrets& other) const noexcept
    {
        return id_ == other.id_ && name_ == other.name_;
    }

    const SubKey& id_key() const noexcept { return id_; }
    const SubKey& audit() const noexcept { return audit_; }
    const SubKey& csrf() const noexcept { return csrf_; }
    const SubKey& name() const noexcept { return name_; }

    // What gives rights, bound to the record that holds it. The second opens nothing that was
    // altered, or that was sealed for another record or under another secret.
    std::string seal_record(std::string_view record, std::string_view plaintext) const;
    std::optional<std::string> open_record(std::string_view record, std::string_view sealed) const;

private:
    SubKey id_, master_, key_, check_, audit_, csrf_, record_, name_;
};

// Empty when text may be a master key, else what is wrong with it, without a full stop.
std::string master_key_fault(std::string_view text);

// What people may see of the master key.
std::string master_key_hint(std::string_view master);

}  // namespace mmx::admin
