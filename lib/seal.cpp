#include "lib/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>

#include "lib/encoding.hpp"

namespace mmx {
namespace {

constexpr std::string_view version_prefix = "v1.";
constexpr std::size_t tag_size = 16;
constexpr std::size_t plaintext_max = 1 << 16;  // secrets are short; EVP counts in int

template <auto free>
struct Free {
    template <typename T>
    void operator()(T* pointer) const noexcept
    {
        free(pointer);
    }
};
using Kdf = std::unique_ptr<EVP_KDF, Free<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;

const std::uint8_t* bytes(std::string_view text) noexcept
{
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* bytes(std::string& text) noexcept
{
    return reinterpret_cast<std::uint8_t*>(text.data());
}

// Ciphertext and tag behind each other, as they are stored.
bool encrypt(const SubKey& key, const SealNonce& nonce, std::string_view field,
             std::string_view plaintext, std::string& out)
{
    const CipherContext context(EVP_CIPHER_CTX_new());
    const std::size_t begin = out.size();
    out.resize(begin + plaintext.size() + tag_size);
    int size = 0;
    return context &&
           EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(),
                              nonce.data()) == 1 &&
           EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(field),
                             static_cast<int>(field.size())) == 1 &&
           EVP_EncryptUpdate(context.get(), bytes(out) + begin, &size, bytes(plaintext),
                             static_cast<int>(plaintext.size())) == 1 &&
           EVP_EncryptFinal_ex(context.get(), bytes(out) + begin + size, &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size,
                               bytes(out) + begin + plaintext.size()) == 1;
}

bool decrypt(const SubKey& key, std::string_view nonce, std::string_view field,
             std::string_view ciphertext, std::string tag, std::string& plaintext)
{
    const CipherContext context(EVP_CIPHER_CTX_new());
    plaintext.resize(ciphertext.size());
    int size = 0;
    return context &&
           EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(),
                              bytes(nonce)) == 1 &&
           EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(field),
                             static_cast<int>(field.size())) == 1 &&
           EVP_DecryptUpdate(context.get(), bytes(plaintext), &size, bytes(ciphertext),
                             static_cast<int>(ciphertext.size())) == 1 &&
           EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1 &&
           EVP_DecryptFinal_ex(context.get(), bytes(plaintext) + size, &size) == 1;
}

}  // namespace

std::optional<SubKey> derive(const Secret& secret, std::string_view purpose)
{
    if (purpose == purpose_id && secret.id) {
        return secret.id;
    }
    if (purpose == purpose_name && secret.name) {
        return secret.name;
    }
    const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string digest = "SHA256";
    std::string info(purpose);
    Secret input = secret;  // OSSL_PARAM takes pointers to non-const
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, input.data(), input.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    SubKey key;
    const bool derived =
        context && EVP_KDF_derive(context.get(), key.data(), key.size(), parameters.data()) == 1;
    wipe(input);
    if (!derived) {
        return std::nullopt;
    }
    return key;
}

std::optional<std::string> seal(const SubKey& key, std::string_view plaintext,
                                std::string_view field, const SealNonce& nonce)
{
    if (plaintext.size() > plaintext_max || field.size() > plaintext_max) {
        return std::nullopt;
    }
    std::string raw(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    if (!encrypt(key, nonce, field, plaintext, raw)) {
        return std::nullopt;
    }
    std::string sealed(version_prefix);
    append_base64url(sealed, raw);
    return sealed;
}

std::optional<std::string> unseal(const SubKey& key, std::string_view sealed,
                                  std::string_view field)
{
    constexpr std::size_t overhead = seal_nonce_size + tag_size;
    constexpr std::size_t sealed_max =
        version_prefix.size() + (overhead + plaintext_max) * 4 / 3 + 1;
    if (!sealed.starts_with(version_prefix) || sealed.size() > sealed_max ||
        field.size() > plaintext_max) {
        return std::nullopt;
    }
    const auto raw = decode_base64url(sealed.substr(version_prefix.size()));
    if (!raw || raw->size() < overhead) {
        return std::nullopt;
    }
    const std::string_view parts = *raw;
    std::string plaintext;
    if (!decrypt(key, parts.substr(0, seal_nonce_size), field,
                 parts.substr(seal_nonce_size, parts.size() - overhead),
                 std::string(parts.substr(parts.size() - tag_size)), plaintext)) {
        wipe(plaintext);  // what GCM deciphered before it saw that the tag is wrong
        return std::nullopt;
    }
    return plaintext;
}

void wipe(std::string& text) noexcept
{
    text.resize(text.capacity());  // what a longer text left behind the end goes too
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

void wipe(std::span<std::uint8_t> bytes) noexcept
{
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace mmx
