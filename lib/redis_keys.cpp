#include "lib/redis_keys.hpp"

namespace mmx::redis_keys {
namespace {

std::string join(std::string_view a, std::string_view b)
{
    std::string out;
    out.reserve(a.size() + b.size());
    return out.append(a).append(b);
}

}  // namespace

std::string record(const KeyId& id)
{
    return "mmx:{" + std::string(id.view()) + "}";
}

std::string archive(const KeyId& id, std::string_view month)
{
    return record(id).append(":").append(month);
}

std::string about(const KeyId& id)
{
    return record(id) + ":about";
}

std::string rights(const KeyId& id)
{
    return record(id) + ":rights";
}

std::string flight(const KeyId& id)
{
    return record(id) + ":flight";
}

std::string total(std::string_view date)
{
    return join("mmx:total:", date);
}

std::string worker(std::string_view id)
{
    return join("mmx:worker:", id);
}

std::string user(std::string_view name)
{
    return join("mmx:user:", name);
}

std::string session(std::string_view hash)
{
    return join("mmx:session:", hash);
}

std::string login(std::string_view address)
{
    return join("mmx:login:", address);
}

std::string sessions_of(std::string_view user)
{
    return join("mmx:sessions:", user);
}

std::string token(std::string_view hash)
{
    return join("mmx:token:", hash);
}

// Neither a network address nor what stands for one is one of these words.
std::string login_of(std::string_view user)
{
    return join("mmx:login:user:", user);
}

std::string login_at_home(std::string_view user, std::string_view network)
{
    return join("mmx:login:home:", user).append("@").append(network);
}

std::string login_homes(std::string_view user)
{
    return join("mmx:login:homes:", user);
}

std::string login_unknown(std::string_view share)
{
    return join("mmx:login:unknown:", share);
}

std::string lookup(std::string_view address)
{
    return join("mmx:lookup:", address);
}

std::string view(std::string_view status, std::string_view order)
{
    return join("mmx:view:", status).append(":").append(order);
}

std::string sealed_key_field(const KeyId& id)
{
    return sealed_record_field(about(id));
}

std::string sealed_record_field(std::string_view record)
{
    return join(record, "/").append(field::sealed);
}

}  // namespace mmx::redis_keys
