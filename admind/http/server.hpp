#pragma once

// The HTTP server: takes connections on one socket and hands each request to a function. All that
// is known about the HTTP library, and all that guards against it, is in server.cpp and, where it
// reads and writes, in connection.hpp.
//
// Requests are served by server_threads threads, one connection a request; server_queue_max more
// may wait, the others wait in the kernel. Bodies need a Content-Length of at most body_length_max
// and are read when the function asks for them, so that what nobody wants is in no memory.

#include <functional>
#include <memory>
#include <optional>

#include "http/listen_address.hpp"
#include "http/message.hpp"
#include "http/public_url.hpp"

namespace mmx::admin {

inline constexpr std::size_t server_threads = 32;
inline constexpr std::size_t server_queue_max = 256;

class Server {
public:
    // handler is called from many threads at once and must not throw. public_url: where browsers
    // find us; nothing: where each request says that it came to.
    Server(const ListeningSocket& socket, std::optional<PublicUrl> public_url,
           std::function<Response(const Request&)> handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Serves until the socket is stopped, and then until what runs is done.
    void run();

private:
    class Listener;
    std::unique_ptr<Listener> listener_;
};

}  // namespace mmx::admin
