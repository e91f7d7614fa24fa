#pragma once

// Whether nginx and the HTTP library have the mends of what became known about them. Debian mends
// old versions under their old names: of one from a package its own version counts, of any other
// what it calls itself.

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "check/finding.hpp"

namespace mmx::admin {

inline constexpr std::string_view patch_levels_of = "2026-11-27";  // what was known by then

// What the package is installed as, by dpkg's list of packages; nothing: it is not.
std::optional<std::string> installed_version(std::istream& dpkg_status, std::string_view package);

// Whether left comes before right, as dpkg orders versions (deb-version(7)).
bool is_older_package(std::string_view left, std::string_view right);

// running: the version that nginx says it has; empty: unknown. package: Debian's nginx on this
// machine, if the one that runs may be it; empty: none.
Finding judge_nginx(std::string_view running, std::string_view package);

// compiled: the version of the library's header. package: Debian's, empty: none.
Finding judge_http_library(std::string_view compiled, std::string_view package);

// Both, on this machine. gateway: the address of its page; one of another machine says nothing of
// the packages here. running: as above.
void check_patch_levels(std::string_view gateway, std::string_view running, Findings& findings);

}  // namespace mmx::admin
