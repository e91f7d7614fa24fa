#include "base/secrets.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "host/guarded_file.hpp"
#include "host/random.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

// What the check says is how much of this Redis is sealed, by SealStage. It stands in the check,
// without which nothing works, so that nobody gains by deleting it.
constexpr std::string_view check_texts[] = {
    "mmx", "mmx: records are sealed", "mmx: records are sealed, the audit trail has a head",
    "mmx: records and keys are sealed, the audit trail has a head"};

constexpr std::string_view reseal_text = "mmx: is being sealed under this secret";

SubKey derive_or_throw(const Secret& secret, std::string_view purpose)
{
    const auto key = derive(secret, purpose);
    if (!key) {
        throw Error(ErrorCode::internal, "cannot derive a key from the secret");
    }
    return *key;
}

std::string seal_or_throw(const SubKey& key, std::string_view plaintext, std::string_view field)
{
    SealNonce nonce;
    fill_random(nonce);
    auto sealed = seal(key, plaintext, field, nonce);
    if (!sealed) {
        throw Error(ErrorCode::internal, "cannot seal a value for " + std::string(field));
    }
    return std::move(*sealed);
}

SecretText open_or_throw(const SubKey& key, std::string_view sealed, const std::string& field)
{
    auto plaintext = unseal(key, sealed, field);
    if (!plaintext) {
        throw Error(ErrorCode::sealed_value,
                    "the sealed value in " + field +
                        " does not open: it was cut, altered, moved from another field, or sealed "
                        "under another secret");
    }
    return SecretText::adopt(*plaintext);
}

std::optional<std::string> resealed(const SubKey& key, const SubKey& before,
                                    std::string_view sealed, std::string_view field)
{
    if (auto text = unseal(key, sealed, field)) {
        const WipedAtEnd wiped(*text);
        return std::string(sealed);
    }
    auto text = unseal(before, sealed, field);
    if (!text) {
        return std::nullopt;
    }
    const WipedAtEnd wiped(*text);
    return seal_or_throw(key, *text, field);
}

}  // namespace

Secrets Secrets::load(const std::string& path)
{
    const Result<Secret> secret = read_secret_file(path);
    if (!secret) {
        throw Error(ErrorCode::secret_file, secret.fault());
    }
    return Secrets(*secret);
}

Secrets::Secrets(const Secret& secret)
    : id_(derive_or_throw(secret, purpose_id)), master_(derive_or_throw(secret, purpose_master)),
      key_(derive_or_throw(secret, purpose_key)), check_(derive_or_throw(secret, purpose_check)),
      audit_(derive_or_throw(secret, purpose_audit)), csrf_(derive_or_throw(secret, purpose_csrf)),
      record_(derive_or_throw(secret, purpose_record)), name_(derive_or_throw(secret, purpose_name))
{
}

KeyId Secrets::id(std::string_view api_key) const noexcept
{
    return KeyHasher(id_).id(api_key);
}

std::string Secrets::seal_master(std::string_view master) const
{
    return seal_or_throw(master_, master, redis_keys::sealed_master_field);
}

SecretText Secrets::open_master(std::string_view sealed) const
{
    return open_or_throw(master_, sealed, std::string(redis_keys::sealed_master_field));
}

std::string Secrets::seal_key(const KeyId& id, std::string_view api_key) const
{
    return seal_or_throw(key_, api_key, redis_keys::sealed_key_field(id));
}

SecretText Secrets::open_key(const KeyId& id, std::string_view sealed) const
{
    return open_or_throw(key_, sealed, redis_keys::sealed_key_field(id));
}

std::string Secrets::seal_check(SealStage stage) const
{
    return seal_or_throw(check_, check_texts[static_cast<std::size_t>(stage)],
                         redis_keys::secret_check_field);
}

std::optional<SealStage> Secrets::stage_of_check(std::string_view sealed) const
{
    const auto text = unseal(check_, sealed, redis_keys::secret_check_field);
    const auto* const found = std::ranges::find(check_texts, text.value_or(""));
    if (found == std::end(check_texts)) {
        return std::nullopt;
    }
    return static_cast<SealStage>(found - std::begin(check_texts));
}

std::string Secrets::seal_record(std::string_view record, std::string_view plaintext) const
{
    return seal_or_throw(record_, plaintext, redis_keys::sealed_record_field(record));
}

std::optional<std::string> Secrets::open_record(std::string_view record,
                                                std::string_view sealed) const
{
    return unseal(record_, sealed, redis_keys::sealed_record_field(record));
}

std::string Secrets::seal_reseal_mark() const
{
    return seal_or_throw(check_, reseal_text, redis_keys::reseal_field);
}

bool Secrets::opens_reseal_mark(std::string_view sealed) const
{
    return unseal(check_, sealed, redis_keys::reseal_field) == reseal_text;
}

std::optional<std::string> Secrets::reseal_master(std::string_view sealed,
                                                  const Secrets& before) const
{
    return resealed(master_, before.master_, sealed, redis_keys::sealed_master_field);
}

std::optional<std::string> Secrets::reseal_key(const KeyId& id, std::string_view sealed,
                                               const Secrets& before) const
{
    return resealed(key_, before.key_, sealed, redis_keys::sealed_key_field(id));
}

std::optional<std::string> Secrets::reseal_record(std::string_view record, std::string_view sealed,
                                                  const Secrets& before) const
{
    return resealed(record_, before.record_, sealed, redis_keys::sealed_record_field(record));
}

std::string Secrets::seal_audit_key(const SubKey& key) const
{
    return seal_or_throw(record_, {reinterpret_cast<const char*>(key.data()), key.size()},
                         redis_keys::audit_key_field);
}

std::optional<SubKey> Secrets::open_audit_key(std::string_view sealed) const
{
    auto opened = unseal(record_, sealed, redis_keys::audit_key_field);
    const SecretText text = opened ? SecretText::adopt(*opened) : SecretText();
    SubKey key;
    if (text.size() != key.size()) {
        return std::nullopt;
    }
    std::ranges::copy(text.view(), key.begin());
    return key;
}

std::string master_key_fault(std::string_view text)
{
    if (text.empty()) {
        return "is empty";
    }
    if (text.size() > master_key_length_max) {
        return "is longer than " + std::to_string(master_key_length_max) + " bytes";
    }
    for (const char c : text) {
        if (c <= 0x20 || c >= 0x7f) {
            return "holds a space, a control character or one that is not ASCII";
        }
    }
    if (text.size() < master_key_length_min) {
        return "is shorter than " + std::to_string(master_key_length_min) + " characters";
    }
    return {};
}

std::string master_key_hint(std::string_view master)
{
    // Of a short key even a few characters would be too much.
    constexpr std::size_t shown = 4, length_min = 24;
    if (master.size() < length_min) {
        return "…";
    }
    return std::string(master.substr(0, shown)) + "…" +
           std::string(master.substr(master.size() - shown));
}

}  // namespace mmx::admin
