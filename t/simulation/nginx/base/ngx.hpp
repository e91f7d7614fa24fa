#pragma once

// nginx as the simulation has it: stands before module/base/ngx.hpp in the include path, and holds
// what the commits use of it and nothing else. Variables such as ngx_current_msec are those of the
// worker that runs at present: see base/loop.hpp.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mmx::simulation {
class Loop;
void log(unsigned level, std::string_view text);
}  // namespace mmx::simulation

using ngx_int_t = std::intptr_t;
using ngx_uint_t = std::uintptr_t;
using ngx_msec_t = ngx_uint_t;
using ngx_flag_t = ngx_int_t;

struct ngx_str_t {
    std::size_t len;
    u_char* data;
};

struct ngx_log_t {};
struct ngx_cycle_t {
    ngx_log_t* log;
};
struct ngx_module_t {};
struct ngx_shm_zone_t;
struct ngx_conf_t;
struct ngx_queue_t {};

struct ngx_event_t {
    void* data = nullptr;
    ngx_log_t* log = nullptr;
    void (*handler)(ngx_event_t* event) = nullptr;
    unsigned timer_set : 1 = 0;
    unsigned posted : 1 = 0;
    unsigned cancelable : 1 = 0;

    ngx_msec_t due = 0;                     // of the timer that is set
    mmx::simulation::Loop* home = nullptr;  // where it is set or posted
};

struct ngx_connection_t {
    void* data = nullptr;
    int fd = -1;
    ngx_event_t* write = nullptr;
    const struct sockaddr* sockaddr = nullptr;
};

// Frees what was taken from it when it goes.
struct ngx_pool_t {
    struct Cleanup {
        void (*handler)(void* data);
        void* data;
    };
    std::vector<std::unique_ptr<u_char[]>> taken;
    std::vector<Cleanup> cleanups;

    ngx_pool_t() = default;
    ngx_pool_t(const ngx_pool_t&) = delete;
    ngx_pool_t& operator=(const ngx_pool_t&) = delete;
    ~ngx_pool_t()
    {
        for (auto cleanup = cleanups.rbegin(); cleanup != cleanups.rend(); ++cleanup) {
            cleanup->handler(cleanup->data);
        }
    }
};

struct ngx_http_request_t {
    ngx_http_request_t* main = nullptr;
    ngx_connection_t* connection = nullptr;
    ngx_pool_t* pool = nullptr;
    void* ctx = nullptr;
    void* location = nullptr;
    unsigned internal : 1 = 0;
    unsigned filter_finalize : 1 = 0;
};

inline constexpr std::size_t NGX_MAX_PROCESSES = 1024;
inline constexpr unsigned NGX_LOG_EMERG = 1, NGX_LOG_ALERT = 2, NGX_LOG_ERR = 4, NGX_LOG_WARN = 5,
                          NGX_LOG_NOTICE = 6, NGX_LOG_INFO = 7;

extern ngx_msec_t ngx_current_msec;
inline time_t ngx_time() noexcept
{
    return static_cast<time_t>(ngx_current_msec / 1000);
}
extern ngx_uint_t ngx_exiting;
extern ngx_uint_t ngx_worker;
extern pid_t ngx_pid;
extern ngx_cycle_t* ngx_cycle;
extern ngx_queue_t ngx_posted_events;
extern ngx_module_t ngx_http_mmx_module;

void ngx_add_timer(ngx_event_t* event, ngx_msec_t ms) noexcept;
void ngx_del_timer(ngx_event_t* event) noexcept;
void ngx_post_event(ngx_event_t* event, ngx_queue_t* queue) noexcept;
void ngx_delete_posted_event(ngx_event_t* event) noexcept;

inline void* ngx_pnalloc(ngx_pool_t* pool, std::size_t size)
{
    return pool->taken.emplace_back(std::make_unique<u_char[]>(size)).get();
}

inline void* ngx_http_get_module_ctx(ngx_http_request_t* r, const ngx_module_t&) noexcept
{
    return r->ctx;
}

inline void ngx_http_set_ctx(ngx_http_request_t* r, void* ctx, const ngx_module_t&) noexcept
{
    r->ctx = ctx;
}

namespace mmx::gate::ngx {

inline std::string_view view(const ngx_str_t& text) noexcept
{
    return {reinterpret_cast<const char*>(text.data), text.len};
}

inline ngx_str_t borrow(std::string_view text) noexcept
{
    return {text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

inline ngx_str_t copy(ngx_pool_t* pool, std::string_view text) noexcept
{
    auto* data = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
    std::memcpy(data, text.data(), text.size());
    data[text.size()] = '\0';
    return {text.size(), data};
}

template <class T>
void destroy(void* object) noexcept
{
    static_cast<T*>(object)->~T();
}

template <class T, class... Args>
T* pool_new(ngx_pool_t* pool, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>)
{
    T* object = ::new (ngx_pnalloc(pool, sizeof(T))) T(std::forward<Args>(args)...);
    pool->cleanups.push_back({&destroy<T>, object});
    return object;
}

template <class T>
T* pool_find(ngx_pool_t* pool) noexcept
{
    for (const ngx_pool_t::Cleanup& cleanup : pool->cleanups) {
        if (cleanup.handler == &destroy<T>) {
            return static_cast<T*>(cleanup.data);
        }
    }
    return nullptr;
}

}  // namespace mmx::gate::ngx

namespace mmx::simulation {

template <class T>
std::string shown(const T& argument)
{
    if constexpr (std::is_same_v<T, ngx_str_t*>) {
        return std::string(gate::ngx::view(*argument));
    } else if constexpr (std::is_integral_v<T>) {
        return std::to_string(argument);
    } else {
        return std::string(argument);
    }
}

}  // namespace mmx::simulation

// The format, and behind it what goes into it.
template <class... Arguments>
void ngx_log_error(unsigned level, ngx_log_t*, int, const char* format, Arguments... arguments)
{
    std::string text(format);
    ((text.append(" | ").append(mmx::simulation::shown(arguments))), ...);
    mmx::simulation::log(level, text);
}

namespace mmx::gate::ngx {

template <class R, class F>
R guard(ngx_log_t* log, R on_throw, F&& body) noexcept
{
    try {
        return body();
    } catch (const std::exception& e) {
        ngx_log_error(NGX_LOG_ALERT, log, 0, "mmx: %s", e.what());
    }
    return on_throw;
}

}  // namespace mmx::gate::ngx
