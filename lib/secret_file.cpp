#include "lib/secret_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mmx {
namespace {

std::string octal(std::uint32_t mode)
{
    std::array<char, 12> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), mode, 8).ptr;
    return "0" + std::string(digits.data(), end);
}

}  // namespace

std::string secret_file_fault(std::string_view path, const SecretFileStat& stat,
                              std::uint32_t reader)
{
    const std::string name = "\"" + std::string(path) + "\"";
    if (!stat.regular) {
        return name + " is not a regular file: give the path of the file itself";
    }
    const bool mode_fits =
        stat.mode == 0600 || stat.mode == 0400 || stat.mode == 0640 || stat.mode == 0440;
    if (!mode_fits) {
        return name + " has mode " + octal(stat.mode) +
               ", expected 0600 or 0640: run chmod 0600 on it, or 0640 where a group must read it";
    }
    if (stat.owner != 0 && stat.owner != reader) {
        return name + " is owned by user id " + std::to_string(stat.owner) +
               ", expected root or user id " + std::to_string(reader) + ": run chown on it";
    }
    return {};
}

std::optional<Secret> parse_secret(std::string_view bytes)
{
    if (bytes.size() != secret_size && bytes.size() != moved_secret_size) {
        return std::nullopt;
    }
    const auto part = [&](std::size_t number, std::span<std::uint8_t> out) {
        std::ranges::copy(bytes.substr(number * secret_size, secret_size), out.begin());
    };
    Secret secret;
    part(0, secret);
    if (bytes.size() == moved_secret_size) {
        part(1, secret.id.emplace());
        part(2, secret.name.emplace());
    }
    return secret;
}

}  // namespace mmx
