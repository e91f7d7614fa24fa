#include "upstream/balancing.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "upstream/resolved_name.hpp"
#include "upstream/upstream_config.hpp"

namespace mmx::gate {
namespace {

std::vector<std::unique_ptr<ResolvedName>> names;  // of this worker; one, most likely

ResolvedName* name_of(const UpstreamConfig* config) noexcept
{
    auto found = std::find_if(names.begin(), names.end(),
                              [&](const auto& name) { return &name->config() == config; });
    return found != names.end() ? found->get() : nullptr;
}

// One request's choice; in its pool.
class Choice {
public:
    explicit Choice(std::shared_ptr<AddressSet> addresses) noexcept
        : addresses_(std::move(addresses))
    {
    }

    ngx_int_t begin(ngx_http_request_t* r, const ngx_http_upstream_srv_conf_t& us) noexcept;

private:
    static ngx_int_t get(ngx_peer_connection_t* peer, void* data) noexcept;
    static void free(ngx_peer_connection_t* peer, void* data, ngx_uint_t state) noexcept;
#if (NGX_HTTP_SSL)
    static ngx_int_t set_session(ngx_peer_connection_t* peer, void* data) noexcept
    {
        return ngx_http_upstream_set_round_robin_peer_session(peer, of(data).round_robin_);
    }
    static void save_session(ngx_peer_connection_t* peer, void* data) noexcept
    {
        ngx_http_upstream_save_round_robin_peer_session(peer, of(data).round_robin_);
    }
#endif

    static Choice& of(void* data) noexcept
    {
        return *static_cast<Choice*>(data);
    }

    std::shared_ptr<AddressSet> addresses_;
    void* round_robin_ = nullptr;  // nginx's record of what was tried
    bool tried_ = false;
};

ngx_int_t Choice::begin(ngx_http_request_t* r, const ngx_http_upstream_srv_conf_t& us) noexcept
{
    if (addresses_->prepare(r, us) != NGX_OK) {
        return NGX_ERROR;
    }
    ngx_peer_connection_t& peer = r->upstream->peer;
    round_robin_ = peer.data;
    peer.data = this;
    peer.get = get;
    peer.free = free;
#if (NGX_HTTP_SSL)
    peer.set_session = set_session;
    peer.save_session = save_session;
#endif
    return NGX_OK;
}

ngx_int_t Choice::get(ngx_peer_connection_t* peer, void* data) noexcept
{
    Choice& self = of(data);
    ngx_int_t rc = ngx_http_upstream_get_round_robin_peer(peer, self.round_robin_);
    if (rc == NGX_BUSY && !self.tried_) {
        // All have failed lately: an address that may work again is better than no answer.
        self.addresses_->forgive();
        rc = ngx_http_upstream_get_round_robin_peer(peer, self.round_robin_);
    }
    self.tried_ = true;
    return rc;
}

void Choice::free(ngx_peer_connection_t* peer, void* data, ngx_uint_t state) noexcept
{
    // That a kept connection was closed says nothing against its address; a new one will tell.
    if (peer->cached) {
        state &= ~static_cast<ngx_uint_t>(NGX_PEER_FAILED);
    }
    ngx_http_upstream_free_round_robin_peer(peer, of(data).round_robin_, state);
}

ngx_int_t choose(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* us) noexcept
{
    const ResolvedName* name = name_of(upstream_config(us));
    auto* choice = name != nullptr ? ngx::pool_new<Choice>(r->pool, name->addresses()) : nullptr;
    return choice != nullptr ? choice->begin(r, *us) : NGX_ERROR;
}

ngx_int_t init_upstream(ngx_conf_t* cf, ngx_http_upstream_srv_conf_t* us) noexcept
{
    UpstreamConfig* config = upstream_config(us);
    if (config == nullptr) {
        return NGX_ERROR;
    }
    us->peer.init = choose;
    return complete_server(cf, *us, *config);
}

#if (nginx_version >= 1027003 && NGX_HTTP_UPSTREAM_ZONE)
// nginx's own `resolve` has no server at all until the first answer.
bool awaits_nginx(const ngx_http_upstream_srv_conf_t& us) noexcept
{
    return us.shm_zone != nullptr && us.peer.data != nullptr &&
           static_cast<ngx_http_upstream_rr_peers_t*>(us.peer.data)->number == 0;
}
#else
bool awaits_nginx(const ngx_http_upstream_srv_conf_t&) noexcept
{
    return false;
}
#endif

}  // namespace

char* set_server(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
#if (nginx_version >= 1027003)
    ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0,
                       "this nginx looks names up by itself: \"zone\" and \"server ... resolve\" "
                       "may stand in place of \"mmx_server\"");
#endif
    return use_server(cf, *static_cast<UpstreamConfig*>(data), init_upstream);
}

Addresses addresses_of(const ngx_http_upstream_srv_conf_t* us) noexcept
{
    const UpstreamConfig* config = upstream_config(us);
    if (config == nullptr || config->text.len == 0) {
        return us != nullptr && awaits_nginx(*us) ? Addresses::awaited : Addresses::known;
    }
    const ResolvedName* name = name_of(config);
    if (name != nullptr && !name->addresses()->empty()) {
        return Addresses::known;
    }
    return name == nullptr || name->failed() ? Addresses::unknown : Addresses::awaited;
}

void start_looking_up(ngx_cycle_t* cycle, Metrics& metrics)
{
    auto* main = static_cast<ngx_http_upstream_main_conf_t*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_upstream_module));
    if (main == nullptr) {  // no http { }
        return;
    }
    auto* all = static_cast<ngx_http_upstream_srv_conf_t**>(main->upstreams.elts);
    for (ngx_uint_t i = 0; i < main->upstreams.nelts; ++i) {
        const UpstreamConfig* config = upstream_config(all[i]);
        if (config != nullptr && config->text.len != 0) {
            names.push_back(std::make_unique<ResolvedName>(*config, metrics));
        }
    }
}

void stop_looking_up() noexcept
{
    names.clear();
}

}  // namespace mmx::gate
