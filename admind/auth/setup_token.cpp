#include "auth/setup_token.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t token_bytes = 24;
constexpr std::string_view file_name = "setup-token", unix_prefix = "unix:";

// Written under another name and then renamed, so that nobody reads half a token, and never through
// a link that somebody else put there. Empty when it worked, else why not.
std::string write_file(const std::string& path, std::string_view text)
{
    const std::string temporary = path + ".new";
    unlink(temporary.c_str());
    const int fd =
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return std::strerror(errno);
    }
    const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int fault = errno;
    close(fd);
    if (!written || rename(temporary.c_str(), path.c_str()) != 0) {
        std::string why = std::strerror(written ? errno : fault);
        unlink(temporary.c_str());
        return why;
    }
    return {};
}

}  // namespace

std::string default_setup_token_file(std::string_view listen)
{
    const std::size_t slash = listen.rfind('/');
    if (!listen.starts_with(unix_prefix) || slash == std::string_view::npos) {
        return "/run/mmx/" + std::string(file_name);
    }
    return std::string(listen.substr(unix_prefix.size(), slash + 1 - unix_prefix.size()))
        .append(file_name);
}

SetupToken::~SetupToken()
{
    drop();
}

void SetupToken::drop()
{
    if (!hash_.empty()) {
        unlink(path_.c_str());
        hash_.clear();
    }
}

std::string SetupToken::refresh(bool needed, Time now)
{
    const std::lock_guard lock(mutex_);
    if (!needed) {
        const bool ended = !hash_.empty();
        drop();
        return ended ? "there is an account now: the set-up token is void" : "";
    }
    if (!hash_.empty() && now < ends_at_) {
        return {};
    }
    const SecretText token = random_hex(token_bytes);
    SecretText line = token.copy();
    line.append("\n");
    const std::string fault = write_file(path_, line.view());
    const bool said = failed_;
    failed_ = !fault.empty();
    hash_ = failed_ ? std::string() : sha256_hex(token.view());
    ends_at_ = now + setup_token_life;
    if (failed_) {
        return said ? "" : "cannot write the set-up token to " + path_ + ": " + fault;
    }
    return "there is no account yet: open the console with the one-time token in " + path_ +
           ", good for 15 minutes, or run `mmx-admind user add`";
}

bool SetupToken::is_right(std::string_view token, Time now) const
{
    if (hash_.empty() || now >= ends_at_) {
        return false;
    }
    const std::string hash = sha256_hex(token);
    return CRYPTO_memcmp(hash.data(), hash_.data(), hash.size()) == 0;
}

bool SetupToken::is_offered()
{
    const std::lock_guard lock(mutex_);
    return !hash_.empty();
}

bool SetupToken::matches(std::string_view token, Time now)
{
    const std::lock_guard lock(mutex_);
    return is_right(token, now);
}

bool SetupToken::take(std::string_view token, Time now)
{
    const std::lock_guard lock(mutex_);
    if (!is_right(token, now)) {
        return false;
    }
    drop();
    return true;
}

}  // namespace mmx::admin
