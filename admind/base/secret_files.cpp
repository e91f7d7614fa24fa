// The part of secrets.hpp that touches files and the terminal.

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/secrets.hpp"
#include "lib/secret_file.hpp"

namespace mmx::admin {
namespace {

class File {
public:
    explicit File(int fd) noexcept : fd_(fd) {}
    ~File()
    {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    int fd() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

[[noreturn]] void fail(const std::string& doing, const std::string& path,
                       const std::string& advice = "")
{
    throw Error(ErrorCode::secret_file,
                "cannot " + doing + " " + path + ": " + std::strerror(errno) + advice);
}

// Reads until the end of the file; throws when there is more than max.
std::string read_all(int fd, std::size_t max, const std::string& what)
{
    std::string text;
    char buffer[1024];
    while (true) {
        const ssize_t got = read(fd, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail("read", what);
        }
        if (got == 0) {
            break;
        }
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > max) {
            wipe(text);
            throw Error(ErrorCode::invalid_input,
                        what + " is longer than " + std::to_string(max) + " bytes");
        }
    }
    wipe({reinterpret_cast<std::uint8_t*>(buffer), sizeof(buffer)});
    return text;
}

// Opens a file of secrets when its mode and owner are good. O_NONBLOCK: a pipe put in the file's
// place must not hang us.
int open_guarded_file(const std::string& path, const std::string& advice_when_missing)
{
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        fail("open", path, errno == ENOENT ? advice_when_missing : "");
    }
    struct stat status;
    if (fstat(fd, &status) != 0) {
        close(fd);
        fail("examine", path);
    }
    const std::string fault =
        secret_file_fault(path,
                          {.regular = S_ISREG(status.st_mode),
                           .mode = status.st_mode & 07777U,
                           .owner = status.st_uid,
                           .size = static_cast<std::uint64_t>(status.st_size)},
                          geteuid());
    if (!fault.empty()) {
        close(fd);
        throw Error(ErrorCode::secret_file, fault);
    }
    return fd;
}

std::string read_guarded_file(const std::string& path, std::size_t max,
                              const std::string& advice_when_missing)
{
    const File file(open_guarded_file(path, advice_when_missing));
    return read_all(file.fd(), max, path);
}

void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& path)
{
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t done = write(fd, bytes.data() + written, bytes.size() - written);
        if (done < 0 && errno != EINTR) {
            fail("write", path);
        }
        written += done > 0 ? static_cast<std::size_t>(done) : 0;
    }
}

void give_to_group(int fd, const std::string& group, const std::string& path)
{
    if (group.empty()) {
        return;
    }
    const struct group* entry = getgrnam(group.c_str());
    if (entry == nullptr) {
        throw Error(ErrorCode::invalid_argument,
                    "there is no group \"" + group + "\" on this machine");
    }
    if (fchown(fd, static_cast<uid_t>(-1), entry->gr_gid) != 0 || fchmod(fd, 0640) != 0) {
        fail("give to group " + group + " the file", path);
    }
}

// Written under another name and then linked: nobody ever sees half a secret, and an existing file
// is never replaced.
void write_secret_file(const std::string& path, const std::string& group)
{
    const std::string temporary = path + ".new-" + std::to_string(getpid());
    const File file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) {
        fail("create", temporary, errno == ENOENT ? "; make its folder first" : "");
    }
    struct Remove {
        const std::string& name;
        ~Remove() { unlink(name.c_str()); }
    } remove{temporary};

    Secret secret;
    fill_random(secret);
    write_all(file.fd(), secret, temporary);
    wipe(secret);
    if (fchmod(file.fd(), 0600) != 0) {
        fail("set the mode of", temporary);
    }
    give_to_group(file.fd(), group, temporary);
    if (fsync(file.fd()) != 0) {
        fail("save", temporary);
    }
    if (link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
        fail("create", path);
    }
    const std::string folder = std::filesystem::absolute(path).parent_path();
    const File directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || fsync(directory.fd()) != 0) {
        fail("save", folder);
    }
}

std::string without_closing_newline(std::string text)
{
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.ends_with('\r')) {
        text.pop_back();
    }
    return text;
}

// Turns the terminal's echo off while it lives.
class NoEcho {
public:
    NoEcho()
    {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) {
            return;
        }
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~NoEcho()
    {
        if (changed_) {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
            std::fputc('\n', stderr);
        }
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::string read_line_unseen(const std::string& prompt, std::size_t max)
{
    const NoEcho quiet;  // before the prompt: whoever sees it may type at once
    std::fputs(prompt.c_str(), stderr);
    std::string line(max + 2, '\0');
    const ssize_t got = read(STDIN_FILENO, line.data(), line.size());
    line.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return line;
}

}  // namespace

Secrets Secrets::load(const std::string& path)
{
    std::string bytes = read_guarded_file(path, 4096, "; `mmx-admind init` makes one");
    const std::size_t size = bytes.size();
    Secret secret{};
    std::memcpy(secret.data(), bytes.data(), std::min(size, secret.size()));
    wipe(bytes);
    struct Wipe {
        Secret& secret;
        ~Wipe() { wipe(secret); }
    } wiper{secret};
    if (size != secret.size()) {
        throw Error(ErrorCode::secret_file, path + " holds " + std::to_string(size) +
                                                " bytes, not the " + std::to_string(secret_size) +
                                                " of a secret");
    }
    return Secrets(secret);
}

void require_guarded_file(const std::string& path)
{
    const File file(open_guarded_file(path, ""));
}

bool secret_file_exists(const std::string& path)
{
    struct stat status;
    if (stat(path.c_str(), &status) == 0) {
        return true;
    }
    if (errno != ENOENT) {
        fail("examine", path);
    }
    return false;
}

bool make_secret_file(const std::string& path, const std::string& group)
{
    const File existing(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (existing.is_open()) {
        give_to_group(existing.fd(), group, path);
        return false;
    }
    if (errno != ENOENT) {
        fail("open", path);
    }
    write_secret_file(path, group);
    return true;
}

std::string read_password_file(const std::string& path)
{
    std::string text = without_closing_newline(read_guarded_file(path, password_length_max, ""));
    if (text.empty()) {
        throw Error(ErrorCode::secret_file, path + " is empty: expected Redis' password");
    }
    return text;
}

std::string read_secret_from_stdin(const std::string& prompt, std::size_t max)
{
    // Two bytes more than max, for a closing CR LF that does not count.
    std::string text = isatty(STDIN_FILENO) != 0
                           ? read_line_unseen(prompt, max)
                           : read_all(STDIN_FILENO, max + 2, "standard input");
    return without_closing_newline(std::move(text));
}

}  // namespace mmx::admin
