#include "redis/target.hpp"

#include "lib/redis_url.hpp"

namespace mmx::gate {
namespace {

// As nginx parses addresses: an IPv6 one stands in brackets.
std::string address_of(const RedisUrl& url)
{
    if (url.is_unix) {
        return "unix:" + url.path;
    }
    return url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
}

}  // namespace

RedisTarget* resolve_redis(ngx_conf_t* cf, std::string_view text, std::string& fault)
{
    auto url = RedisUrl::parse(text);
    if (!url) {
        fault = url.fault();
        return nullptr;
    }
    if (!url->password.empty()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"nginx -T\" shows the password in mmx_redis: put it in a file and "
                           "name that in mmx_redis_password_file");
    }

    const std::string address = address_of(*url);
    ngx_url_t found{};
    found.url = ngx::copy(cf->pool, address);
    found.default_port = url->port;
    if (found.url.data == nullptr || ngx_parse_url(cf->pool, &found) != NGX_OK) {
        fault = address + ": " + (found.err ? found.err : "not resolved");
        return nullptr;
    }

    auto* target = ngx::pool_new<RedisTarget>(cf->pool);
    if (target != nullptr) {
        target->addresses = found.addrs;
        target->address_count = found.naddrs;
        target->name = url->display();
        target->user = url->user;
        target->password = SecretText::adopt(url->password);
        target->database = std::to_string(url->database);
    }
    return target;
}

}  // namespace mmx::gate
