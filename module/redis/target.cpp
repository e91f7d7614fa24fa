#include "redis/target.hpp"

#include <fstream>
#include <iterator>
#include <span>

#include "lib/name_files.hpp"
#include "lib/redis_url.hpp"

namespace mmx::gate {
namespace {

constexpr const char* resolver_file = "/etc/resolv.conf";

// As nginx parses addresses: an IPv6 one stands in brackets.
std::string bracketed(const std::string& host)
{
    return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

bool is_name(const RedisUrl& url) noexcept
{
    auto* host = reinterpret_cast<u_char*>(const_cast<char*>(url.host.data()));
    return !url.is_unix && url.host.find(':') == std::string::npos &&
           ngx_inet_addr(host, url.host.size()) == INADDR_NONE;
}

void warn_of_password(ngx_conf_t* cf)
{
    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"nginx -T\" shows the password in mmx_redis: put it in a file and "
                       "name that in mmx_redis_password_file");
}

// The addresses as nginx finds them now, in the way of the system; it waits for that. A name that
// nobody knows has none.
Result<std::vector<RedisAddress>> find(ngx_conf_t* cf, const RedisUrl& url)
{
    const std::string text = url.is_unix ? "unix:" + url.path : bracketed(url.host);
    ngx_url_t found{};
    found.url = ngx::copy(cf->pool, text);
    found.default_port = url.port;
    if (found.url.data == nullptr) {
        return Fault{"no memory"};
    }
    if (ngx_parse_url(cf->pool, &found) != NGX_OK) {
        if (found.err == nullptr || !is_name(url)) {
            return Fault{text + ": " + (found.err ? found.err : "not resolved")};
        }
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "mmx_redis: %s: %s; requests are refused until the name is known",
                           text.c_str(), found.err);
        found.naddrs = 0;
    }
    std::vector<RedisAddress> addresses;
    for (const ngx_addr_t& address : std::span(found.addrs, found.naddrs)) {
        addresses.push_back(RedisAddress::of(address.sockaddr, address.socklen));
    }
    return addresses;
}

ngx_resolver_t* configured_resolver(ngx_conf_t* cf) noexcept
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    // nginx puts one without servers where none is configured.
    const bool real = core->resolver != nullptr && core->resolver->connections.nelts != 0;
    return real ? core->resolver : nullptr;
}

// Null: out of memory.
ngx_resolver_t* make_resolver(ngx_conf_t* cf, const std::vector<std::string>& servers)
{
    std::vector<ngx_str_t> words;
    for (const std::string& server : servers) {
        words.push_back(ngx::copy(cf->pool, bracketed(server)));
        if (words.back().data == nullptr) {
            return nullptr;
        }
    }
    return ngx_resolver_create(cf, words.data(), words.size());
}

}  // namespace

Result<RedisTarget*> resolve_redis(ngx_conf_t* cf, std::string_view text)
{
    auto url = RedisUrl::parse(text);
    if (!url) {
        return Fault{url.fault()};
    }
    if (!url->password.empty()) {
        warn_of_password(cf);
    }
    auto addresses = find(cf, *url);
    if (!addresses) {
        return Fault{addresses.fault()};
    }
    auto* target = ngx::pool_new<RedisTarget>(cf->pool);
    if (target == nullptr) {
        return Fault{"no memory"};
    }
    target->addresses = std::move(*addresses);
    target->name = url->display();
    target->user = url->user;
    target->password = SecretText::adopt(url->password);
    target->database = std::to_string(url->database);
    target->port = url->port;
    if (is_name(*url)) {
        target->host = url->host;
    }
    return target;
}

bool choose_resolver(ngx_conf_t* cf, RedisTarget& target)
{
    if (target.host.empty()) {
        return true;
    }
    target.resolver = configured_resolver(cf);
    if (target.resolver != nullptr) {
        target.names_to_ask = {target.host};
        return true;
    }
    std::ifstream stream(resolver_file);
    const ResolverFile file =
        parse_resolver_file(std::string(std::istreambuf_iterator<char>(stream), {}));
    target.names_to_ask = names_to_ask(target.host, file);
    if (!file.servers.empty()) {
        target.resolver = make_resolver(cf, file.servers);
        return target.resolver != nullptr;
    }
    return true;
}

}  // namespace mmx::gate
