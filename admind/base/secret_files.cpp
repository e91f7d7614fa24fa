#include "base/secret_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "base/error.hpp"
#include "host/descriptor.hpp"
#include "host/random.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {
namespace {

[[noreturn]] void fail(const std::string& doing, const std::string& path,
                       const std::string& advice = "")
{
    throw Error(ErrorCode::secret_file,
                "cannot " + doing + " " + path + ": " + std::strerror(errno) + advice);
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

Secret new_secret(const Secrets* before)
{
    Secret secret;
    fill_random(secret);
    if (before != nullptr) {
        secret.id = before->id_key();
        secret.name = before->name();
    }
    return secret;
}

// Written under another name and then linked: nobody ever sees half a secret, and an existing file
// is never replaced.
void write_secret_file(const std::string& path, const std::string& group, const Secret& secret)
{
    const std::string temporary = path + ".new-" + std::to_string(getpid());
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) {
        fail("create", temporary, errno == ENOENT ? "; make its folder first" : "");
    }
    struct Remove {
        const std::string& name;
        ~Remove() { unlink(name.c_str()); }
    } remove{temporary};

    write_all(file.number(), secret, temporary);
    if (secret.id && secret.name) {
        write_all(file.number(), *secret.id, temporary);
        write_all(file.number(), *secret.name, temporary);
    }
    if (fchmod(file.number(), 0600) != 0) {
        fail("set the mode of", temporary);
    }
    give_to_group(file.number(), group, temporary);
    if (fsync(file.number()) != 0) {
        fail("save", temporary);
    }
    if (link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
        fail("create", path);
    }
    const std::string folder = std::filesystem::absolute(path).parent_path();
    const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || fsync(directory.number()) != 0) {
        fail("save", folder);
    }
}

}  // namespace

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

bool make_secret_file(const std::string& path, const std::string& group, const Secrets* before)
{
    const Descriptor existing(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (existing.is_open()) {
        give_to_group(existing.number(), group, path);
        return false;
    }
    if (errno != ENOENT) {
        fail("open", path);
    }
    write_secret_file(path, group, new_secret(before));
    return true;
}

}  // namespace mmx::admin
