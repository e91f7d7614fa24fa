#include "base/secrets.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "lib/secret_file.hpp"

namespace mmx::gate {
namespace {

constexpr std::size_t password_max = 4096;  // bytes of a password file that are looked at

struct File {
    int fd;
    ~File()
    {
        if (fd >= 0) {
            ::close(fd);
        }
    }
};

std::string said(const char* path, std::string_view what)
{
    return std::string("\"").append(path).append("\" ").append(what);
}

// Up to content.size() bytes of a file that passes secret_file_fault(). The count read, or -1.
ssize_t read_guarded(const char* path, std::span<std::uint8_t> content, std::string& fault)
{
    File file{::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat info;
    if (file.fd < 0 || ::fstat(file.fd, &info) != 0) {
        fault = said(path, "cannot be opened: ").append(std::strerror(errno));
        return -1;
    }

    fault = secret_file_fault(path,
                              {.regular = S_ISREG(info.st_mode),
                               .mode = static_cast<std::uint32_t>(info.st_mode & 07777),
                               .owner = static_cast<std::uint32_t>(info.st_uid),
                               .size = static_cast<std::uint64_t>(info.st_size)},
                              static_cast<std::uint32_t>(::geteuid()));
    if (!fault.empty()) {
        return -1;
    }

    ssize_t n = ::read(file.fd, content.data(), content.size());
    if (n < 0) {
        fault = said(path, "cannot be read: ").append(std::strerror(errno));
    }
    return n;
}

}  // namespace

GuardedPage::GuardedPage() noexcept : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)))
{
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) {
        data_ = nullptr;
        return;
    }
    // Best effort: a small RLIMIT_MEMLOCK only means that the page may be swapped.
    (void)::mlock(data_, size_);
    (void)::madvise(data_, size_, MADV_DONTDUMP);
}

GuardedPage::~GuardedPage()
{
    if (data_ != nullptr) {
        wipe(std::span(static_cast<std::uint8_t*>(data_), size_));
        ::munmap(data_, size_);
    }
}

bool Secrets::read(const char* path, Secrets& secrets, std::string& fault)
{
    if (secrets.page_.data() == nullptr) {
        fault = "no memory for secrets";
        return false;
    }

    std::array<std::uint8_t, secret_size + 1> content;
    ssize_t n = read_guarded(path, content, fault);
    if (n < 0) {
        return false;
    }
    if (n != static_cast<ssize_t>(secret_size)) {
        wipe(std::span<std::uint8_t>(content));
        fault = said(path, "must hold exactly 32 bytes: make it with \"mmx-admind init\"");
        return false;
    }

    Secret secret;
    std::copy_n(content.begin(), secret_size, secret.begin());
    auto id = derive(secret, purpose_id), master = derive(secret, purpose_master);
    wipe(std::span<std::uint8_t>(content));
    wipe(std::span<std::uint8_t>(secret));
    if (!id || !master) {
        fault = "the keys cannot be derived: no HKDF in this OpenSSL";
        return false;
    }

    ::new (secrets.page_.data()) Keys{KeyHasher(*id), *master};
    wipe(std::span<std::uint8_t>(*id));
    wipe(std::span<std::uint8_t>(*master));
    return true;
}

bool read_password_file(const char* path, std::string& password, std::string& fault)
{
    std::array<std::uint8_t, password_max> content;
    ssize_t n = read_guarded(path, content, fault);
    if (n < 0) {
        return false;
    }

    const auto* text = reinterpret_cast<const char*>(content.data());
    std::string_view line(text, static_cast<std::size_t>(n));
    line = line.substr(0, line.find_first_of("\r\n"));
    password = line;
    wipe(std::span<std::uint8_t>(content));
    if (password.empty()) {
        fault = said(path, "is empty: its first line is the password");
        return false;
    }
    return true;
}

}  // namespace mmx::gate
