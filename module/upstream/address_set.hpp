#pragma once

// The addresses of one answer of DNS, as nginx's round robin takes them: it chooses among them, and
// passes over one that failed for failure_memory_s, as it does among servers of a configuration.
//
// A request holds its set as long as it lives, so that addresses may be replaced under it.

#include <memory>
#include <string_view>
#include <vector>

#include "base/ngx.hpp"

namespace mmx::gate {

inline constexpr std::size_t addresses_max = 32;  // of one name; the rest of an answer is dropped
inline constexpr ngx_uint_t failures_max = 1;     // nginx's own max_fails and fail_timeout
inline constexpr time_t failure_memory_s = 10;

struct Address {
    ngx_sockaddr_t socket;
    socklen_t length;

    // With the port set. A length that no socket address has gives an empty one.
    static Address of(const sockaddr* from, socklen_t length, in_port_t port) noexcept;

    // All that it says, the port too.
    std::string_view bytes() const noexcept
    {
        return {reinterpret_cast<const char*>(&socket), length};
    }
    bool operator<(const Address& other) const noexcept { return bytes() < other.bytes(); }
    bool operator==(const Address& other) const noexcept { return bytes() == other.bytes(); }
};

class AddressSet {
public:
    // name: what the log calls all of them, borrowed. former: the set before; what is known of an
    // address that is in both, its failures and its TLS session, moves here.
    AddressSet(std::vector<Address> addresses, ngx_str_t name, AddressSet* former);
    ~AddressSet();
    AddressSet(const AddressSet&) = delete;
    AddressSet& operator=(const AddressSet&) = delete;

    bool empty() const noexcept { return addresses_.empty(); }
    const std::vector<Address>& addresses() const noexcept { return addresses_; }

    // Prepares r's upstream to choose among them; r's upstream keeps pointers into this.
    ngx_int_t prepare(ngx_http_request_t* r, const ngx_http_upstream_srv_conf_t& us) noexcept;
    // All may be tried again.
    void forgive() noexcept;

private:
    void add(std::size_t index, AddressSet* former) noexcept;
    ngx_http_upstream_rr_peer_t* find(const Address& address) noexcept;

    std::vector<Address> addresses_;
    std::vector<u_char> texts_;
    std::vector<ngx_http_upstream_rr_peer_t> list_;
    ngx_http_upstream_rr_peers_t peers_{};
    ngx_str_t name_;
};

}  // namespace mmx::gate
