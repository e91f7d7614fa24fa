#include "upstream/connections.hpp"

#include <cerrno>

#include "base/metrics.hpp"
#include "upstream/upstream_config.hpp"

namespace mmx::gate {
namespace {

// One request's way to a connection; in its pool. Every other call of nginx goes on to whom it went
// before, with what was given for it.
struct Watch {
    ngx_event_get_peer_pt get;
    ngx_event_free_peer_pt free;
    ngx_event_notify_peer_pt notify;
#if (NGX_SSL || NGX_COMPAT)
    ngx_event_set_peer_session_pt set_session;
    ngx_event_save_peer_session_pt save_session;
#endif
    void* data;
    const ngx_http_upstream_t* upstream;
    Metrics* metrics;
};

Watch& of(void* data) noexcept
{
    return *static_cast<Watch*>(data);
}

// Whether nothing has arrived on it since its last answer, the end included.
bool is_quiet(ngx_connection_t* c) noexcept
{
    char byte;
    return ::recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

void close(ngx_connection_t* c) noexcept
{
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void)ngx_ssl_shutdown(c);
    }
#endif
    if (c->pool != nullptr) {
        ngx_destroy_pool(c->pool);
    }
    ngx_close_connection(c);
}

bool is_tls(const ngx_http_upstream_t& upstream) noexcept
{
#if (NGX_HTTP_SSL)
    return upstream.ssl;
#else
    return false;
#endif
}

ngx_int_t get(ngx_peer_connection_t* peer, void* data) noexcept
{
    Watch& watch = of(data);
    ngx_int_t rc = watch.get(peer, watch.data);
    if (rc != NGX_OK && rc != NGX_DONE) {
        return rc;
    }
    Metrics::add(watch.metrics->upstream_requests);
    if (rc == NGX_DONE && peer->cached && !is_quiet(peer->connection)) {
        close(peer->connection);
        peer->connection = nullptr;
        peer->cached = 0;
        rc = NGX_OK;  // nginx makes a connection to the same address
    }
    if (rc == NGX_OK) {
        Metrics::add(watch.metrics->upstream_connections);
        if (is_tls(*watch.upstream)) {
            Metrics::add(watch.metrics->upstream_handshakes);
        }
    }
    return rc;
}

void free(ngx_peer_connection_t* peer, void* data, ngx_uint_t state) noexcept
{
    of(data).free(peer, of(data).data, state);
}

void notify(ngx_peer_connection_t* peer, void* data, ngx_uint_t type) noexcept
{
    of(data).notify(peer, of(data).data, type);
}

#if (NGX_SSL || NGX_COMPAT)
ngx_int_t set_session(ngx_peer_connection_t* peer, void* data) noexcept
{
    return of(data).set_session(peer, of(data).data);
}

void save_session(ngx_peer_connection_t* peer, void* data) noexcept
{
    of(data).save_session(peer, of(data).data);
}
#endif

void put_before(ngx_peer_connection_t& peer, Watch& watch) noexcept
{
    watch.get = std::exchange(peer.get, get);
    watch.free = std::exchange(peer.free, free);
    watch.notify = peer.notify;
    if (peer.notify != nullptr) {
        peer.notify = notify;
    }
#if (NGX_SSL || NGX_COMPAT)
    watch.set_session = peer.set_session;
    watch.save_session = peer.save_session;
    if (peer.set_session != nullptr) {
        peer.set_session = set_session;
        peer.save_session = save_session;
    }
#endif
    watch.data = std::exchange(peer.data, &watch);
}

ngx_int_t init_peer(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* us) noexcept
{
    const UpstreamConfig& config = *upstream_config(us);
    auto* watch = static_cast<Watch*>(ngx_pcalloc(r->pool, sizeof(Watch)));
    if (watch == nullptr || config.init_peer(r, us) != NGX_OK) {
        return NGX_ERROR;
    }
    watch->upstream = r->upstream;
    watch->metrics = &MetricsZone::slot(config.metrics, ngx_worker);
    put_before(r->upstream->peer, *watch);
    return NGX_OK;
}

}  // namespace

void watch_connections(ngx_http_upstream_srv_conf_t* us, ngx_shm_zone_t* metrics) noexcept
{
    UpstreamConfig* config = upstream_config(us);
    if (config == nullptr || config->init_peer != nullptr) {
        return;
    }
    config->init_peer = std::exchange(us->peer.init, init_peer);
    config->metrics = metrics;
}

}  // namespace mmx::gate
