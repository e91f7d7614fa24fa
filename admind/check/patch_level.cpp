#include "check/patch_level.hpp"

#include <httplib.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "lib/text.hpp"

namespace mmx::admin {
namespace {

using Level = Finding::Level;

// Debian's own changelogs (/usr/share/doc/nginx/changelog.Debian.gz), which name each CVE that a
// version mends, and https://nginx.org/en/security_advisories.html, "Not vulnerable".
struct Mended {
    std::string_view upstream, package;
};
constexpr Mended nginx_packages[] = {
    {"1.22.1", "1.22.1-9+deb12u11"},  // Debian 12: what 1.30.6 and 1.30.7 mended, of it
    {"1.26.3", "1.26.3-3+deb13u11"},  // Debian 13
};
constexpr std::string_view nginx_stable = "1.30.7";
// Of the line beside it only this is sure: it was released before those mends.
constexpr std::string_view nginx_mainline = "1.31", nginx_mainline_wanting = "1.31.4";
// CVE-2023-26130; CVE-2025-46728, CVE-2025-52887, CVE-2025-53629. What these packages leave open,
// chunked bodies and heads without a bound in Debian 12's, the daemon keeps from the library.
constexpr Mended http_library_packages[] = {
    {"0.11.4+ds", "0.11.4+ds-1+deb12u1"},
    {"0.18.7", "0.18.7-1+deb13u1"},
};
constexpr std::string_view http_library_least = "0.18.7";

constexpr const char* dpkg_status = "/var/lib/dpkg/status";
constexpr std::string_view nginx_package = "nginx";
constexpr std::string_view http_library_names[] = {"libcpp-httplib0.11", "libcpp-httplib0.18"};

// The part of a version that begins here and is a number, or is none.
std::string_view take_part(std::string_view& text, bool digits)
{
    const auto other = std::ranges::find_if(text, [&](char c) { return is_digit(c) != digits; });
    const std::string_view part = text.substr(0, static_cast<std::size_t>(other - text.begin()));
    text.remove_prefix(part.size());
    return part;
}

// A tilde comes before the end, that before letters, and those before anything else.
int rank(std::string_view text, std::size_t at)
{
    if (at >= text.size()) {
        return 0;
    }
    const char c = text[at];
    const bool letter = folded(c) >= 'a' && folded(c) <= 'z';
    return c == '~' ? -1 : letter ? c : c + 256;
}

int compare_words(std::string_view left, std::string_view right)
{
    for (std::size_t at = 0; at < std::max(left.size(), right.size()); ++at) {
        if (const int order = rank(left, at) - rank(right, at); order != 0) {
            return order;
        }
    }
    return 0;
}

int compare_numbers(std::string_view left, std::string_view right)
{
    left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
    right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
    return left.size() != right.size() ? (left.size() < right.size() ? -1 : 1)
                                       : left.compare(right);
}

int compare(std::string_view left, std::string_view right)
{
    while (!left.empty() || !right.empty()) {
        int order = compare_words(take_part(left, false), take_part(right, false));
        if (order == 0) {
            order = compare_numbers(take_part(left, true), take_part(right, true));
        }
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

struct PackageVersion {
    std::string_view epoch, upstream, revision;
};

PackageVersion split(std::string_view text)
{
    const std::size_t colon = text.find(':');
    PackageVersion version;
    if (colon != std::string_view::npos) {
        version.epoch = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const std::size_t dash = std::min(text.rfind('-'), text.size());
    version.upstream = text.substr(0, dash);
    version.revision = text.substr(std::min(dash + 1, text.size()));
    return version;
}

// The package that mends this version, where there is one.
const Mended* mended(std::span<const Mended> packages, std::string_view upstream)
{
    const auto found = std::ranges::find(packages, upstream, &Mended::upstream);
    return found == packages.end() ? nullptr : &*found;
}

Finding finding(Level level, std::string_view subject, std::string_view version,
                std::string_view what, std::string advice = {})
{
    return {level, std::string(subject), std::string(version) + std::string(what),
            std::move(advice)};
}

constexpr std::string_view has_all = " has the mends known when this was made";
constexpr std::string_view lacks = " lacks mends of known holes";

Finding judge_package(std::string_view subject, std::string_view package, const Mended& wanted)
{
    if (is_older_package(package, wanted.package)) {
        return finding(Level::warn, subject, package, lacks,
                       "update it to " + std::string(wanted.package) + " or later, and restart");
    }
    return finding(Level::ok, subject, package, has_all);
}

// Whether that page is of this machine.
bool is_here(std::string_view gateway)
{
    constexpr std::string_view names[] = {"127.", "localhost", "[::1]"};
    const std::size_t scheme = gateway.find("://");
    const std::string_view host =
        scheme == std::string_view::npos ? gateway : gateway.substr(scheme + 3);
    return gateway.empty() || std::ranges::any_of(names, [&](std::string_view name) {
               return host.starts_with(name);
           });
}

std::string installed_here(std::string_view package)
{
    std::ifstream status(dpkg_status);
    return installed_version(status, package).value_or("");
}

}  // namespace

std::optional<std::string> installed_version(std::istream& dpkg_status, std::string_view package)
{
    constexpr std::string_view name = "Package: ", status = "Status: ", version = "Version: ";
    bool ours = false, installed = false;
    for (std::string line; std::getline(dpkg_status, line);) {
        const std::string_view text = line;
        if (text.starts_with(name)) {
            ours = text.substr(name.size()) == package;
            installed = false;
        } else if (text.starts_with(status)) {
            installed = text.ends_with(" installed");
        } else if (ours && installed && text.starts_with(version)) {
            return std::string(text.substr(version.size()));
        }
    }
    return std::nullopt;
}

bool is_older_package(std::string_view left, std::string_view right)
{
    const PackageVersion a = split(left), b = split(right);
    const int epochs = compare_numbers(a.epoch, b.epoch);
    const int upstreams = compare(a.upstream, b.upstream);
    return epochs != 0      ? epochs < 0
           : upstreams != 0 ? upstreams < 0
                            : compare(a.revision, b.revision) < 0;
}

Finding judge_nginx(std::string_view running, std::string_view package)
{
    constexpr std::string_view subject = "nginx";
    const std::string_view packaged = split(package).upstream;
    const bool by_package = !package.empty() && (running.empty() || running == packaged);
    const std::string_view version = by_package ? packaged : running;
    const Mended* const wanted = mended(nginx_packages, version);
    if (by_package && wanted != nullptr) {
        return judge_package(subject, package, *wanted);
    }
    if (wanted != nullptr) {
        return finding(Level::warn, subject, version, lacks,
                       "unless it is Debian's package of " + std::string(wanted->package) +
                           " or later: run this check on its machine, or take " +
                           std::string(nginx_stable));
    }
    if (compare(version, nginx_stable) < 0) {
        return finding(Level::warn, subject, version, lacks,
                       "take " + std::string(nginx_stable) +
                           " or later, or a distribution's package that has its mends");
    }
    if (version.starts_with(nginx_mainline) && compare(version, nginx_mainline_wanting) <= 0) {
        return finding(Level::warn, subject, version, lacks,
                       "take the newest of its line, or " + std::string(nginx_stable));
    }
    return finding(Level::ok, subject, version,
                   version.starts_with(nginx_mainline)
                       ? " is of the mainline: compare it with nginx.org's security advisories"
                       : has_all);
}

Finding judge_http_library(std::string_view compiled, std::string_view package)
{
    constexpr std::string_view subject = "HTTP library";
    const Mended* const wanted = mended(http_library_packages, split(package).upstream);
    if (wanted != nullptr) {
        return judge_package(subject, package, *wanted);
    }
    if (compare(compiled, http_library_least) < 0) {
        return finding(Level::warn, subject, compiled, lacks,
                       "build mmx-admind with cpp-httplib " + std::string(http_library_least) +
                           " or later, or with Debian's package");
    }
    return finding(Level::ok, subject, compiled, has_all);
}

void check_patch_levels(std::string_view gateway, std::string_view running, Findings& findings)
{
    const std::string nginx = is_here(gateway) ? installed_here(nginx_package) : std::string();
    if (!nginx.empty() || !running.empty()) {
        findings.push_back(judge_nginx(running, nginx));
    }
    std::string library;
    for (const std::string_view name : http_library_names) {
        // The one that was built with: several may be installed.
        const std::string version = installed_here(name);
        if (version.starts_with(CPPHTTPLIB_VERSION)) {
            library = version;
        }
    }
    findings.push_back(judge_http_library(CPPHTTPLIB_VERSION, library));
}

}  // namespace mmx::admin
