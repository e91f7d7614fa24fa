#include "auth/password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "auth/common_passwords.hpp"
#include "base/error.hpp"
#include "host/random.hpp"
#include "host/secret_text.hpp"
#include "lib/limits.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

constexpr std::uint64_t block_size = 8, parallelization = 1;  // scrypt's r and p
constexpr std::string_view phc_start = "$scrypt$ln=", phc_middle = ",r=8,p=1$";

using Salt = std::array<std::uint8_t, 16>;
using Hash = std::array<std::uint8_t, 32>;

struct Stored {
    int cost = 0;
    Salt salt{};
    Hash hash{};
};

// What the name of the thing itself gives away. A password may hold one only with much around it.
constexpr std::string_view guessable[] = {"minimax", "password", "passwort",
                                          "admin",   "mmxgate",  "mmx-gate"};
constexpr std::size_t other_bytes_min = 8;

// Of UTF-8, each character has one byte that continues none.
std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// One that nobody can type into the login page, or send it as JSON.
bool is_typeable(std::string_view password)
{
    return text_fault(password, password.size(), false).empty();
}

bool is_guessable_from(std::string_view password, std::string_view word)
{
    std::size_t others = password.size();
    for (std::size_t at = word.empty() ? std::string_view::npos : password.find(word);
         at != std::string_view::npos; at = password.find(word, at + word.size())) {
        others -= word.size();
    }
    return others < password.size() && others < other_bytes_min;
}

// As PHC strings have it: base64 without padding.
std::string to_base64(std::span<const std::uint8_t> bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    text.resize((bytes.size() * 8 + 5) / 6);
    return text;
}

template <std::size_t size>
bool from_base64(std::string_view text, std::array<std::uint8_t, size>& out)
{
    if (text.size() != (size * 8 + 5) / 6) {
        return false;
    }
    std::string padded(text);
    padded.append((4 - text.size() % 4) % 4, '=');
    std::array<std::uint8_t, (size + 2) / 3 * 3> bytes{};
    if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(padded.data()),
                        static_cast<int>(padded.size())) != static_cast<int>(bytes.size())) {
        return false;
    }
    std::copy_n(bytes.begin(), size, out.begin());
    return true;
}

std::optional<Stored> parse_stored(std::string_view text)
{
    if (!text.starts_with(phc_start)) {
        return std::nullopt;
    }
    text.remove_prefix(phc_start.size());
    const std::size_t middle = text.find(phc_middle);
    if (middle == std::string_view::npos) {
        return std::nullopt;
    }
    const auto cost = parse_limit(text.substr(0, middle));
    text.remove_prefix(middle + phc_middle.size());
    const std::size_t dollar = text.find('$');
    Stored stored;
    if (!cost || *cost < password_cost_min || *cost > password_cost_max ||
        dollar == std::string_view::npos || !from_base64(text.substr(0, dollar), stored.salt) ||
        !from_base64(text.substr(dollar + 1), stored.hash)) {
        return std::nullopt;
    }
    stored.cost = static_cast<int>(*cost);
    return stored;
}

Hash compute(std::string_view password, const Salt& salt, int cost)
{
    // OpenSSL refuses more than 32 MiB unless it is told; its own need is a little over 128rN.
    const std::uint64_t n = std::uint64_t{1} << static_cast<unsigned>(cost);
    const std::uint64_t memory_max = 128 * block_size * (n + parallelization + 2) + (1U << 20U);
    Hash hash;
    if (EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), n, block_size,
                       parallelization, memory_max, hash.data(), hash.size()) != 1) {
        throw Error(ErrorCode::internal, "cannot hash a password: is there memory enough?");
    }
    return hash;
}

std::string to_phc(const Stored& stored)
{
    return std::string(phc_start) + std::to_string(stored.cost) + std::string(phc_middle) +
           to_base64(stored.salt) + "$" + to_base64(stored.hash);
}

// A hash that no password has.
std::string make_decoy(int cost)
{
    Stored stored{.cost = cost};
    fill_random(stored.salt);
    fill_random(stored.hash);
    return to_phc(stored);
}

}  // namespace

std::string password_fault(std::string_view password, std::string_view name)
{
    if (characters(password) < password_characters_min) {
        return "the password is too short: expected at least " +
               std::to_string(password_characters_min) + " characters";
    }
    if (password.size() > password_size_max) {
        return "the password is longer than " + std::to_string(password_size_max) + " bytes";
    }
    if (!is_typeable(password)) {
        return "the password holds a control character, such as a tab or the end of a line, or is "
               "not UTF-8: nobody could log in with it";
    }
    std::string text = folded(password);
    const WipedAtEnd wiped(text);
    std::string fault;
    if (is_common_password(password)) {
        fault = common_password_fault;
    }
    for (const std::string_view word : guessable) {
        if (is_guessable_from(text, word)) {
            fault = "the password is built around \"" + std::string(word) + "\": choose another";
        }
    }
    if (is_guessable_from(text, folded(name))) {
        fault = "the password is built around the account's name: choose another";
    }
    return fault;
}

PasswordHasher::PasswordHasher(int cost) : cost_(cost), decoy_(make_decoy(cost)) {}

std::string PasswordHasher::hash(std::string_view password)
{
    Stored stored{.cost = cost_};
    fill_random(stored.salt);
    std::optional<HashPlaces::Place> place;
    places_.take(Standing::home, {}, place);
    stored.hash = compute(password, stored.salt, stored.cost);
    return to_phc(stored);
}

bool PasswordHasher::verify(std::string_view password, std::string_view stored, Standing standing,
                            std::string_view name)
{
    auto expected = parse_stored(stored);
    const bool known = expected.has_value();
    if (!known) {
        expected = parse_stored(decoy_);
    }
    std::optional<HashPlaces::Place> place;
    places_.take(standing, name, place);
    if (!place) {
        return false;
    }
    const Hash hash = compute(password, expected->salt, expected->cost);
    return CRYPTO_memcmp(hash.data(), expected->hash.data(), hash.size()) == 0 && known;
}

bool PasswordHasher::is_outdated(std::string_view stored) const
{
    const auto parsed = parse_stored(stored);
    return parsed && parsed->cost < cost_;
}

}  // namespace mmx::admin
