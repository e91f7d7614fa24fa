#include "base/secrets.hpp"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "base/error.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

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

std::string open_or_throw(const SubKey& key, std::string_view sealed, const std::string& field)
{
    auto plaintext = unseal(key, sealed, field);
    if (!plaintext) {
        throw Error(ErrorCode::sealed_value,
                    "the sealed value in " + field +
                        " does not open: it was cut, altered, moved from another field, or sealed "
                        "under another secret");
    }
    return std::move(*plaintext);
}

}  // namespace

Secrets::Secrets(const Secret& secret)
    : id_(derive_or_throw(secret, purpose_id)), master_(derive_or_throw(secret, purpose_master)),
      key_(derive_or_throw(secret, purpose_key)), check_(derive_or_throw(secret, purpose_check)),
      audit_(derive_or_throw(secret, purpose_audit)), csrf_(derive_or_throw(secret, purpose_csrf))
{
}

Secrets::~Secrets()
{
    for (SubKey* key : {&id_, &master_, &key_, &check_, &audit_, &csrf_}) {
        wipe(*key);
    }
}

KeyId Secrets::id(std::string_view api_key) const noexcept
{
    return KeyHasher(id_).id(api_key);
}

std::string Secrets::seal_master(std::string_view master) const
{
    return seal_or_throw(master_, master, redis_keys::sealed_master_field);
}

std::string Secrets::open_master(std::string_view sealed) const
{
    return open_or_throw(master_, sealed, std::string(redis_keys::sealed_master_field));
}

std::string Secrets::seal_key(const KeyId& id, std::string_view api_key) const
{
    return seal_or_throw(key_, api_key, redis_keys::sealed_key_field(id));
}

std::string Secrets::open_key(const KeyId& id, std::string_view sealed) const
{
    return open_or_throw(key_, sealed, redis_keys::sealed_key_field(id));
}

std::string Secrets::seal_check() const
{
    return seal_or_throw(check_, "mmx", redis_keys::secret_check_field);
}

bool Secrets::opens_check(std::string_view sealed) const
{
    return unseal(check_, sealed, redis_keys::secret_check_field).has_value();
}

void fill_random(std::span<std::uint8_t> bytes)
{
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
        if (got < 0) {
            throw Error(ErrorCode::internal, "the system gives no random bytes");
        }
        filled += static_cast<std::size_t>(got);
    }
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

void harden_process() noexcept
{
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace mmx::admin
