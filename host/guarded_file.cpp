#include "host/guarded_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "host/descriptor.hpp"
#include "lib/secret_file.hpp"

namespace mmx {
namespace {

constexpr std::size_t file_max = 4096;  // bytes of a secret or password file that are looked at

std::string quoted(const std::string& path)
{
    return "\"" + path + "\"";
}

Fault failed(const std::string& name, std::string_view doing, std::string_view advice = {})
{
    std::string why = name + " cannot be ";
    why.append(doing).append(": ").append(std::strerror(errno)).append(advice);
    return {std::move(why)};
}

// Opens the file when it may hold a secret. O_NONBLOCK: a pipe put in its place must not hang us.
Result<Descriptor> open_guarded(const std::string& path, std::string_view when_missing = {})
{
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) {
        return failed(quoted(path), "opened", errno == ENOENT ? when_missing : std::string_view());
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        return failed(quoted(path), "examined");
    }
    std::string fault =
        secret_file_fault(path,
                          {.regular = S_ISREG(status.st_mode),
                           .mode = static_cast<std::uint32_t>(status.st_mode & 07777),
                           .owner = static_cast<std::uint32_t>(status.st_uid),
                           .size = static_cast<std::uint64_t>(status.st_size)},
                          static_cast<std::uint32_t>(::geteuid()));
    if (!fault.empty()) {
        return Fault{std::move(fault)};
    }
    return file;
}

}  // namespace

Result<SecretText> read_to_end(int file, const std::string& name, std::size_t max)
{
    struct Buffer {
        std::array<char, 1024> bytes;
        ~Buffer() { wipe(std::span(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size())); }
    } buffer;
    SecretText text;
    while (true) {
        const ssize_t got = ::read(file, buffer.bytes.data(), buffer.bytes.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed(name, "read");
        }
        if (got == 0) {
            return text;
        }
        text.append({buffer.bytes.data(), static_cast<std::size_t>(got)});
        if (text.size() > max) {
            return Fault{name + " is longer than " + std::to_string(max) + " bytes"};
        }
    }
}

Result<SecretText> read_guarded_file(const std::string& path, std::size_t max)
{
    const Result<Descriptor> file = open_guarded(path);
    return file ? read_to_end(file->number(), quoted(path), max) : Fault{file.fault()};
}

Result<Secret> read_secret_file(const std::string& path)
{
    const Result<Descriptor> file = open_guarded(path, "; `mmx-admind init` makes one");
    if (!file) {
        return Fault{file.fault()};
    }
    const Result<SecretText> bytes = read_to_end(file->number(), quoted(path), file_max);
    if (!bytes) {
        return Fault{bytes.fault()};
    }
    auto secret = parse_secret(bytes->view());
    if (!secret) {
        return Fault{quoted(path) + " must hold exactly " + std::to_string(secret_size) +
                     " bytes (or " + std::to_string(moved_secret_size) +
                     " where \"mmx-admind reseal\" made it), not " + std::to_string(bytes->size()) +
                     ": make it with \"mmx-admind init\""};
    }
    return std::move(*secret);
}

Result<SecretText> read_password_file(const std::string& path)
{
    Result<SecretText> line = read_guarded_file(path, file_max);
    if (!line) {
        return line;
    }
    line->truncate(std::min(line->view().find_first_of("\r\n"), line->size()));
    if (line->empty()) {
        return Fault{quoted(path) + " is empty: its first line is the password"};
    }
    if (line->size() > redis_password_length_max) {
        return Fault{"the first line of " + quoted(path) + " is longer than " +
                     std::to_string(redis_password_length_max) + " bytes"};
    }
    return line;
}

std::string guarded_file_fault(const std::string& path)
{
    const Result<Descriptor> file = open_guarded(path);
    return file ? std::string() : file.fault();
}

}  // namespace mmx
