#include "config/log_mask.hpp"

#include "lib/mask.hpp"

namespace mmx::gate {
namespace {

// What wrote the lines before us: a writer of nginx's, for syslog and memory logs, or the file.
struct Writer {
    ngx_log_t* log;
    ngx_log_writer_pt write;
    void* data;
};

const Settings* of_worker = nullptr;

std::string_view master() noexcept
{
    const std::string_view text = of_worker != nullptr ? of_worker->authorization() : "";
    return text.substr(text.find(' ') + 1);
}

void write_masked(ngx_log_t* log, ngx_uint_t level, u_char* line, std::size_t length) noexcept
{
    const std::span<char> text(reinterpret_cast<char*>(line), length);
    mask_keys(text);
    mask_cut_secret(text, master());
    keep_one_line(text);
    auto* former = static_cast<Writer*>(log->wdata);
    if (former->write == nullptr) {
        (void)ngx_write_fd(log->file->fd, line, length);
        return;
    }
    ngx_log_t original = *log;
    original.writer = former->write;
    original.wdata = former->data;
    former->write(&original, level, line, length);
}

// nginx goes on logging while it takes a cycle down, and unloads the module on the way.
void restore(void* data) noexcept
{
    auto* former = static_cast<Writer*>(data);
    former->log->writer = former->write;
    former->log->wdata = former->data;
}

bool mask(ngx_cycle_t* cycle, ngx_log_t* log) noexcept
{
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cycle->pool, sizeof(Writer));
    if (cleanup == nullptr) {
        return false;
    }
    cleanup->data = ::new (cleanup->data) Writer{log, log->writer, log->wdata};
    cleanup->handler = restore;
    log->wdata = cleanup->data;
    log->writer = write_masked;
    return true;
}

}  // namespace

bool remember_log(ngx_conf_t* cf, ngx_array_t*& logs, ngx_log_t* log) noexcept
{
    if (logs == nullptr) {
        logs = ngx_array_create(cf->pool, 4, sizeof(ngx_log_t*));
    }
    auto* slot = logs != nullptr ? static_cast<ngx_log_t**>(ngx_array_push(logs)) : nullptr;
    if (slot == nullptr) {
        return false;
    }
    *slot = log;
    return true;
}

void mask_master_in_logs(const Settings* settings) noexcept
{
    of_worker = settings;
}

ngx_int_t mask_logs(ngx_cycle_t* cycle, const ngx_array_t* logs) noexcept
{
    bool had_headers = false;
    auto** log = static_cast<ngx_log_t**>(logs->elts);
    for (ngx_uint_t i = 0; i < logs->nelts; ++i) {
        for (ngx_log_t* each = log[i]; each != nullptr; each = each->next) {
            if (each->log_level & NGX_LOG_DEBUG_HTTP) {
                had_headers = true;
                // Debug of whatever kind includes all that is said at `info`.
                each->log_level &= ~static_cast<ngx_uint_t>(NGX_LOG_DEBUG_HTTP);
                each->log_level = ngx_max(each->log_level, NGX_LOG_INFO);
            }
            if (each->writer != write_masked && !mask(cycle, each)) {
                return NGX_ERROR;
            }
        }
    }
    // Listening sockets took copies before this, and what HTTP/2 says of headers goes to those.
    auto* socket = static_cast<ngx_listening_t*>(cycle->listening.elts);
    for (ngx_uint_t i = 0; i < cycle->listening.nelts; ++i) {
        socket[i].log = *socket[i].logp;
    }
    if (had_headers) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "mmx: debug_http is left out of the error log: it would write API keys");
    }
    return NGX_OK;
}

}  // namespace mmx::gate
