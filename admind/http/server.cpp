#include "http/server.hpp"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/task_queue.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";
constexpr const char* permissions_policy =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
constexpr const char* strict_transport_security = "max-age=31536000";

// Newer versions of the library ask whether the queue took a task, older ones do not: bool or void.
using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

// The library's own queue has no bound. Each task ends by its connection's timeouts, so whoever
// takes connections does not wait for ever either.
class BoundedQueue : public httplib::TaskQueue {
public:
    Enqueued enqueue(std::function<void()> task) override
    {
        tasks_.add(std::move(task));
        return Enqueued(true);
    }
    void shutdown() override { tasks_.finish(); }

private:
    mmx::admin::TaskQueue tasks_{server_threads, server_queue_max};
};

// What the library would take and should not, in its headers.
void check_framing(const httplib::Request& request)
{
    for (const char* name : {"Transfer-Encoding", "Content-Encoding", "Range", "Upgrade"}) {
        if (request.has_header(name)) {
            throw Error(ErrorCode::invalid_argument,
                        std::string("the header ") + name + " is not supported here");
        }
    }
    const std::string length = request.get_header_value("Content-Length");
    const bool digits =
        std::ranges::all_of(length, [](unsigned char c) { return c >= '0' && c <= '9'; });
    if (request.get_header_value_count("Content-Length") > 1 || !digits) {
        throw Error(ErrorCode::invalid_argument, "the header Content-Length is wrong");
    }
    if (length.size() > 9 || (!length.empty() && std::stoul(length) > body_length_max)) {
        throw Error(ErrorCode::payload_too_large,
                    "the body is too large: at most " + std::to_string(body_length_max) + " bytes");
    }
}

std::size_t body_length(const httplib::Request& request)
{
    const std::string length = request.get_header_value("Content-Length");
    return length.empty() ? 0 : std::stoul(length);
}

// A request's body while it is on the connection still.
class PendingBody {
public:
    PendingBody(std::size_t length, const httplib::ContentReader* reader)
        : length_(length), reader_(reader)
    {
    }

    SecretText take()
    {
        SecretText text;
        const bool whole = read([&](const char* piece, std::size_t size) {
            text.append({piece, size});
            return true;
        });
        if (!whole || text.size() != length_) {
            throw Error(ErrorCode::invalid_argument, "the body ends before its length is reached");
        }
        return text;
    }

    // Lets go by what nobody wanted: a client that still writes would not hear the answer.
    void discard()
    {
        read([](const char*, std::size_t) { return true; });
    }

private:
    bool read(const httplib::ContentReceiver& receiver)
    {
        const httplib::ContentReader* const reader = std::exchange(reader_, nullptr);
        return reader == nullptr || (*reader)(receiver);
    }

    const std::size_t length_;
    const httplib::ContentReader* reader_;  // null: there is none, or it was read
};

// Whether the browser speaks TLS: to the front, if one is configured, else to nginx.
bool is_secure(const httplib::Request& request, const std::optional<PublicUrl>& public_url)
{
    return public_url ? public_url->secure
                      : request.get_header_value("X-Forwarded-Proto") == "https";
}

void convert(const httplib::Request& from, const std::optional<PublicUrl>& public_url, Request& to)
{
    to.method = from.method;
    to.target = parse_target(from.target);
    for (const auto& [name, value] : from.headers) {
        to.headers.emplace_back(folded(name), value);
    }
    to.address = normal_address(to.header("x-real-ip"));
    to.secure = is_secure(from, public_url);
    to.origin = public_url ? public_url->origin
                           : (to.secure ? "https://" : "http://") + std::string(to.header("host"));
    to.prefix = public_url ? public_url->prefix : "";
}

// The library asks for piece after piece; we give all at once, so that a break stays ours to see.
void stream_body(Response&& from, httplib::Response& to)
{
    to.set_chunked_content_provider(
        from.type, [stream = std::move(from.stream)](std::size_t, httplib::DataSink& sink) {
            try {
                bool read = true;
                stream([&](std::string_view piece) {
                    read = read && sink.is_writable() && sink.write(piece.data(), piece.size());
                    return read;
                });
                if (read) {
                    sink.done();
                }
                return read;
            } catch (const std::exception& error) {
                log_failure("an export", error.what());
                return false;
            }
        });
}

void convert(Response&& from, httplib::Response& to)
{
    to.status = from.status;
    for (const auto& [name, value] : from.headers) {
        to.headers.emplace(name, value);
    }
    if (!from.cacheable) {
        to.set_header("Cache-Control", "no-store");
    }
    if (from.stream) {
        stream_body(std::move(from), to);
    } else if (!from.fixed.empty()) {
        to.set_content_provider(
            from.fixed.size(), from.type,
            [text = from.fixed](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                return sink.write(text.data() + offset, length);
            });
    } else if (!from.type.empty()) {
        to.set_content(from.body, from.type);
    }
}

void put_security_headers(bool secure, httplib::Response& response)
{
    response.set_header("Content-Security-Policy", content_security_policy);
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("X-Frame-Options", "DENY");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Opener-Policy", "same-origin");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    response.set_header("Permissions-Policy", permissions_policy);
    if (secure) {
        response.set_header("Strict-Transport-Security", strict_transport_security);
    }
    if (!response.has_header("Cache-Control")) {
        response.set_header("Cache-Control", "no-store");
    }
    response.headers.erase("Accept-Ranges");
    if (response.status == 204 || response.status == 304) {
        response.headers.erase("Content-Length");
    }
}

// The length is said here because the library does not count what an error handler wrote.
void put_error(const Error& error, httplib::Response& response)
{
    const Response body = error_response(error);
    response.status = body.status;
    response.body = body.body;
    response.set_header("Content-Type", body.type);
    response.set_header("Content-Length", std::to_string(body.body.size()));
}

// The library's own refusals, before any handler is asked: a body in JSON as ours have.
void put_error_body(httplib::Response& response)
{
    const bool large = response.status == 413, uri = response.status == 414;
    put_error(Error(large ? ErrorCode::payload_too_large
                    : uri ? ErrorCode::uri_too_long
                          : ErrorCode::invalid_argument,
                    large ? "the body is too large"
                    : uri ? "the address is too long"
                          : "this is no HTTP request that can be answered"),
              response);
}

}  // namespace

class Server::Listener : public httplib::Server {
public:
    Listener(const ListeningSocket& socket, std::optional<PublicUrl> public_url,
             std::function<Response(const Request&)> handler)
        : public_url_(std::move(public_url)), handler_(std::move(handler))
    {
        svr_sock_ = dup(socket.fd());  // the library closes what it was given
        new_task_queue = [] { return new BoundedQueue; };
        set_keep_alive_max_count(1);
        set_payload_max_length(body_length_max);
        set_read_timeout(server_read_timeout);
        set_write_timeout(server_write_timeout);
        set_tcp_nodelay(true);
        set_routes();
    }

private:
    using Outcome = httplib::Server::HandlerResponse;

    void set_routes()
    {
        // Whatever has no body is answered before the library looks at it further.
        set_pre_routing_handler(
            [this](const httplib::Request& request, httplib::Response& response) {
                try {
                    own_negotiation(request);
                    check_framing(request);
                } catch (const Error& error) {
                    convert(error_response(error), response);
                    return Outcome::Handled;
                }
                const bool takes_body = request.method == "POST" || request.method == "PUT" ||
                                        request.method == "PATCH" || request.method == "DELETE";
                if (takes_body && body_length(request) > 0) {
                    return Outcome::Unhandled;
                }
                answer(request, response, nullptr);
                return Outcome::Handled;
            });
        const auto handler = [this](const httplib::Request& request, httplib::Response& response,
                                    const httplib::ContentReader& reader) {
            answer(request, response, &reader);
        };
        constexpr const char* any = "[\\s\\S]*";
        Post(any, handler).Put(any, handler).Patch(any, handler).Delete(any, handler);
        set_error_handler(httplib::Server::HandlerWithResponse(
            [](const httplib::Request&, httplib::Response& response) {
                if (response.body.empty() && !response.has_header("Content-Type")) {
                    put_error_body(response);
                }
                return Outcome::Unhandled;
            }));
        set_exception_handler(
            [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
                convert(error_response(Error(ErrorCode::internal, "something went wrong within")),
                        response);
            });
        set_post_routing_handler(
            [this](const httplib::Request& request, httplib::Response& response) {
                put_security_headers(is_secure(request, public_url_), response);
            });
    }

    // The library would compress answers, cut them into ranges and take forms apart on its own. Its
    // Request is no const object: this takes the causes away.
    static void own_negotiation(const httplib::Request& request)
    {
        auto& mine = const_cast<httplib::Request&>(request);
        mine.ranges.clear();
        // It would look for a handler by a regular expression, which takes a stack frame for each
        // byte of the path. We read the target.
        mine.path = "/";
        set_aside(mine.headers, "Accept-Encoding", accepted_encodings);
        set_aside(mine.headers, "Content-Type", sent_content_type);
    }

    static void set_aside(httplib::Headers& headers, const char* name, const char* new_name)
    {
        const auto [begin, end] = headers.equal_range(name);
        std::vector<std::string> values;
        std::transform(begin, end, std::back_inserter(values),
                       [](const auto& header) { return header.second; });
        headers.erase(name);
        for (std::string& value : values) {
            headers.emplace(new_name, std::move(value));
        }
    }

    // reader: takes the body off the connection; null: there is none.
    void answer(const httplib::Request& request, httplib::Response& response,
                const httplib::ContentReader* reader) const
    {
        PendingBody body(body_length(request), reader);
        Response answer;
        try {
            Request ours;
            convert(request, public_url_, ours);
            if (reader != nullptr) {
                ours.body_length = body_length(request);
                ours.take_body = [&] { return body.take(); };
            }
            answer = handler_(ours);
        } catch (const Error& error) {
            answer = error_response(error);
        }
        body.discard();
        convert(std::move(answer), response);
    }

    bool process_and_close_socket(socket_t socket) override
    {
        Connection connection(socket);
        bool answered = false;
        switch (connection.take_head()) {
        case Connection::Head::whole: answered = process(connection); break;
        case Connection::Head::too_large: answered = refuse_head(connection); break;
        case Connection::Head::none: break;
        }
        ::shutdown(socket, SHUT_RDWR);
        ::close(socket);
        return answered;
    }

    // Newer versions of the library want to be told both ends' addresses, which we do not use.
    bool process(auto& connection)
    {
        bool closed = false;
        if constexpr (requires { process_request(connection, true, closed, nullptr); }) {
            return process_request(connection, true, closed, nullptr);
        } else {
            return process_request(connection, {}, 0, {}, 0, true, closed, nullptr);
        }
    }

    // In the library's place, which was not asked.
    static bool refuse_head(Connection& connection)
    {
        httplib::Response response;
        put_error(Error(ErrorCode::head_too_large, "the request's head is too large: at most " +
                                                       std::to_string(request_head_max) + " bytes"),
                  response);
        put_security_headers(false, response);
        std::string text = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n";
        for (const auto& [name, value] : response.headers) {
            text.append(name).append(": ").append(value).append("\r\n");
        }
        text.append("\r\n").append(response.body);
        return connection.write(text.data(), text.size()) == static_cast<ssize_t>(text.size());
    }

    const std::optional<PublicUrl> public_url_;
    std::function<Response(const Request&)> handler_;
};

Server::Server(const ListeningSocket& socket, std::optional<PublicUrl> public_url,
               std::function<Response(const Request&)> handler)
    : listener_(std::make_unique<Listener>(socket, std::move(public_url), std::move(handler)))
{
}

Server::~Server() = default;

void Server::run()
{
    listener_->listen_after_bind();
}

}  // namespace mmx::admin
