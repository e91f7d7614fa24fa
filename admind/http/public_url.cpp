#include "http/public_url.hpp"

#include <algorithm>

#include "lib/text.hpp"

namespace mmx::admin {
namespace {

bool is_host_character(char c)
{
    return is_digit(c) || (folded(c) >= 'a' && folded(c) <= 'z') ||
           std::string_view("-.:[]").find(c) != std::string_view::npos;
}

bool is_path_character(char c)
{
    return is_digit(c) || (folded(c) >= 'a' && folded(c) <= 'z') ||
           std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

Result<PublicUrl> parse_public_url(std::string_view text)
{
    const Fault fault{
        "expected where browsers find the console, such as https://admin.example.com/gate"};
    PublicUrl url;
    url.secure = text.starts_with("https://");
    if (!url.secure && !text.starts_with("http://")) {
        return fault;
    }
    const std::string_view scheme = url.secure ? "https://" : "http://";
    const std::string_view rest = text.substr(scheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string host = folded(rest.substr(0, slash));
    std::string_view path = rest.substr(slash);
    const std::string_view usual_port = url.secure ? ":443" : ":80";
    if (host.ends_with(usual_port)) {
        host.resize(host.size() - usual_port.size());
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    // `//` or a dot segment would be another path for the browser than for us.
    if (host.empty() || !std::ranges::all_of(host, is_host_character) ||
        !std::ranges::all_of(path, is_path_character) || path.find("//") != path.npos ||
        path.find("/.") != path.npos) {
        return fault;
    }
    url.origin = std::string(scheme) + host;
    url.prefix = path;
    return url;
}

}  // namespace mmx::admin
