#include "base/secrets.hpp"

#include <new>

#include "host/guarded_file.hpp"

namespace mmx::gate {
std::string Secrets::read(const std::string& path)
{
    if (page_.data() == nullptr) {
        return "no memory for secrets";
    }
    const Result<Secret> secret = read_secret_file(path);
    if (!secret) {
        return secret.fault();
    }
    const auto id = derive(*secret, purpose_id), master = derive(*secret, purpose_master);
    if (!id || !master) {
        return "the keys cannot be derived: no HKDF in this OpenSSL";
    }
    ::new (page_.data()) Keys{KeyHasher(*id), *master};
    return {};
}

}  // namespace mmx::gate
