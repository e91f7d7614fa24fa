#include "redis_keys.hpp"

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

std::string flight(const KeyId& id)
{
    return record(id) + ":flight";
}

std::string total(std::string_view date)
{
    return join("mmx:total:", date);
}

std::string user(std::string_view name)
{
    return join("mmx:user:", name);
}

std::string session(std::string_view token_hash)
{
    return join("mmx:session:", token_hash);
}

std::string login(std::string_view address)
{
    return join("mmx:login:", address);
}

std::string sealed_key_field(const KeyId& id)
{
    return about(id).append("/").append(field::sealed);
}

}  // namespace mmx::redis_keys
