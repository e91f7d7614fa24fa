#pragma once

// What the system's files say of host names: /etc/hosts and /etc/resolv.conf, as hosts(5) and
// resolv.conf(5) describe them. Reading the files is not done here.

#include <string>
#include <string_view>
#include <vector>

namespace mmx {

// The addresses that text, of /etc/hosts, gives a name; in its order, as they are written there.
std::vector<std::string> addresses_in_hosts(std::string_view text, std::string_view name);

struct ResolverFile {
    std::vector<std::string> servers;  // addresses; those with a scope (`fe80::1%eth0`) left out
    std::vector<std::string> search;   // domains to try a short name in
    unsigned dots = 1;                 // a name with as many is tried as it is first
};

ResolverFile parse_resolver_file(std::string_view text);

// The names to ask a DNS server for, in order, until it knows one. A name that ends with a dot is
// whole.
std::vector<std::string> names_to_ask(std::string_view name, const ResolverFile& file);

}  // namespace mmx
