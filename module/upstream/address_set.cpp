#include "upstream/address_set.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mmx::gate {

Address Address::of(const sockaddr* from, socklen_t length, in_port_t port) noexcept
{
    Address made;
    std::memset(&made, 0, sizeof(made));
    if (length > 0 && length <= sizeof(made.socket)) {
        std::memcpy(&made.socket, from, length);
        made.length = length;
        ngx_inet_set_port(&made.socket.sockaddr, port);
    }
    return made;
}

AddressSet::AddressSet(std::vector<Address> addresses, ngx_str_t name, AddressSet* former)
    : addresses_(std::move(addresses)), texts_(addresses_.size() * NGX_SOCKADDR_STRLEN),
      list_(addresses_.size()), name_(name)
{
    for (std::size_t i = 0; i < addresses_.size(); ++i) {
        add(i, former);
    }
    peers_.number = peers_.tries = peers_.total_weight = addresses_.size();
    peers_.single = addresses_.size() == 1;
    peers_.name = &name_;
    peers_.peer = list_.data();
}

AddressSet::~AddressSet()
{
#if (NGX_HTTP_SSL)
    for (ngx_http_upstream_rr_peer_t& peer : list_) {
        if (peer.ssl_session != nullptr) {
            ngx_ssl_free_session(static_cast<ngx_ssl_session_t*>(peer.ssl_session));
        }
    }
#endif
}

void AddressSet::add(std::size_t index, AddressSet* former) noexcept
{
    ngx_http_upstream_rr_peer_t& peer = list_[index];
    Address& address = addresses_[index];
    u_char* text = texts_.data() + index * NGX_SOCKADDR_STRLEN;

    peer = {};
    peer.sockaddr = &address.socket.sockaddr;
    peer.socklen = address.length;
    peer.name.data = text;
    peer.name.len = ngx_sock_ntop(peer.sockaddr, peer.socklen, text, NGX_SOCKADDR_STRLEN, 1);
    peer.server = name_;
    peer.weight = peer.effective_weight = 1;
    peer.max_fails = failures_max;
    peer.fail_timeout = failure_memory_s;
    peer.next = index + 1 < list_.size() ? &list_[index + 1] : nullptr;

    if (ngx_http_upstream_rr_peer_t* before = former ? former->find(address) : nullptr) {
        peer.fails = before->fails;
        peer.accessed = before->accessed;
        peer.checked = before->checked;
        peer.effective_weight = before->effective_weight;
#if (NGX_HTTP_SSL)
        peer.ssl_session = std::exchange(before->ssl_session, nullptr);
#endif
    }
}

ngx_http_upstream_rr_peer_t* AddressSet::find(const Address& address) noexcept
{
    auto found = std::find(addresses_.begin(), addresses_.end(), address);
    return found == addresses_.end() ? nullptr : &list_[found - addresses_.begin()];
}

ngx_int_t AddressSet::prepare(ngx_http_request_t* r,
                              const ngx_http_upstream_srv_conf_t& us) noexcept
{
    // Round robin takes its servers from there; the configuration itself stays as it was read.
    ngx_http_upstream_srv_conf_t with_these = us;
    with_these.peer.data = &peers_;
    return ngx_http_upstream_init_round_robin_peer(r, &with_these);
}

void AddressSet::forgive() noexcept
{
    for (ngx_http_upstream_rr_peer_t& peer : list_) {
        peer.fails = 0;
    }
}

}  // namespace mmx::gate
