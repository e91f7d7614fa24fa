#include "server.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>

#include "digest.hpp"
#include "errors.hpp"

namespace upstream {

namespace {

using std::chrono::steady_clock;
using Parser = http::request_parser<http::string_body>;
constexpr std::size_t read_size = 16 << 10;
constexpr std::chrono::seconds sweep_every{5};
constexpr std::chrono::milliseconds accept_retry{20};  // after EMFILE
constexpr std::string_view control_prefix = "/__stub/";

Answer text_answer(unsigned status, std::string_view text)
{
    Answer answer;
    answer.status = status;
    answer.type = "text/plain; charset=utf-8";
    answer.frames.emplace_back(text);
    return answer;
}

enum class Progress { more, header, whole, malformed };

// Gives the parser what `input` holds, up to the end of the header or of the request.
Progress feed(Parser& parser, std::string& input)
{
    error_code error;
    while (!input.empty() && !parser.is_done()) {
        const bool in_body = parser.is_header_done();
        const std::size_t used = parser.put(asio::buffer(input), error);
        input.erase(0, used);
        if (error == http::error::need_more || (!error && used == 0)) {
            break;
        }
        if (error) {
            return Progress::malformed;
        }
        if (!in_body && parser.is_header_done()) {
            return Progress::header;
        }
    }
    return parser.is_done() ? Progress::whole : Progress::more;
}

asio::awaitable<Progress> read_more(Wire& wire, Parser& parser, std::string& input)
{
    std::vector<char> buffer(read_size);
    Progress progress = feed(parser, input);
    while (progress == Progress::more) {
        const std::size_t size = co_await wire.read_some(asio::buffer(buffer));
        if (size == 0) {
            co_return Progress::more;
        }
        input.append(buffer.data(), size);
        progress = feed(parser, input);
    }
    co_return progress;
}

std::string answer_id(std::uint64_t number)
{
    char id[33];
    std::snprintf(id, sizeof id, "06a1b2c3d4e5f607%016llx",
                  static_cast<unsigned long long>(number));
    return id;
}

}  // namespace

Server::Server(asio::io_context& context, const Options& options)
    : context_(context), options_(options), acceptor_(context),
      ledger_(options.ledger, options.ledger_fsync)
{
    load_keys();
    if (!options.tls_cert.empty()) {
        tls_.emplace(asio::ssl::context::tls_server);
        tls_->use_certificate_chain_file(options.tls_cert);
        tls_->use_private_key_file(options.tls_key, asio::ssl::context::pem);
    }
}

void Server::load_keys()
{
    if (options_.master_key_file.empty()) {
        return;
    }
    std::ifstream file(options_.master_key_file);
    if (!file) {
        throw std::runtime_error("cannot read " + options_.master_key_file);
    }
    keys_.clear();
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) {
            keys_.insert(sha256_hex(line));
        }
    }
}

void Server::start()
{
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
    const auto fail = [](std::exception_ptr error) {
        if (error) {
            std::rethrow_exception(error);  // out of run(): a stand-in that lost its ledger stops
        }
    };
    asio::co_spawn(context_, accept_loop(), fail);
    asio::co_spawn(context_, sweep_loop(), fail);
}

std::string Server::address() const
{
    const auto endpoint = acceptor_.local_endpoint();
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

asio::awaitable<void> Server::accept_loop()
{
    asio::steady_timer timer(context_);
    for (;;) {
        error_code error;
        asio::ip::tcp::socket socket(context_);
        co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            timer.expires_after(accept_retry);
            co_await timer.async_wait(asio::use_awaitable);
            continue;
        }
        if (wires_.size() >= connections_max) {
            continue;
        }
        connections_++;
        const auto wire = std::make_shared<Wire>(std::move(socket), tls_ ? &*tls_ : nullptr);
        wires_.insert(wire);
        asio::co_spawn(context_, serve(wire), [this, wire](std::exception_ptr failure) {
            wires_.erase(wire);
            if (failure) {
                std::rethrow_exception(failure);
            }
        });
    }
}

asio::awaitable<void> Server::sweep_loop()
{
    asio::steady_timer timer(context_);
    for (;;) {
        timer.expires_after(sweep_every);
        co_await timer.async_wait(asio::use_awaitable);
        for (const auto& wire : wires_) {
            if (steady_clock::now() - wire->idle_since() > idle_max) {
                wire->abort();
            }
        }
    }
}

asio::awaitable<void> Server::serve(std::shared_ptr<Wire> wire)
{
    if (!co_await wire->handshake()) {
        co_return;
    }
    std::string input;  // received and not yet parsed
    while (co_await answer_next(*wire, input)) {
    }
    co_await wire->finish();
}

// Reads one request and answers it. True when the connection may carry another.
asio::awaitable<bool> Server::answer_next(Wire& wire, std::string& input)
{
    Parser parser;
    parser.header_limit(header_max_bytes);
    parser.body_limit(body_max_bytes);
    parser.eager(true);
    Progress progress = co_await read_more(wire, parser, input);
    const bool begun = parser.got_some() || !input.empty();
    if (progress == Progress::header && header(parser.get(), "expect") && input.empty()) {
        const bool written = co_await wire.write("HTTP/1.1 100 Continue\r\n\r\n");
        progress = written ? progress : Progress::more;
    }
    bool early = false;
    if (progress == Progress::header) {
        early = switch_text(parser.get()).find("early") != std::string::npos;
        progress = early ? Progress::whole : co_await read_more(wire, parser, input);
    }
    if (progress != Progress::whole) {
        if (begun) {
            ledger_.broken(describe(parser.get()));
        }
        if (progress == Progress::malformed) {
            co_await wire.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                                "Connection: close\r\n\r\n");
        }
        co_return false;
    }
    co_return co_await answer_one(wire, parser.get(), early);
}

asio::awaitable<bool> Server::answer_one(Wire& wire, const Request& request, bool early)
{
    const auto [path, query] = path_and_query(request);
    const std::string id = answer_id(++answers_);
    Circumstances circumstances;
    circumstances.version = request.version();
    circumstances.keep_alive = request.keep_alive() && !early;
    circumstances.head = request.method() == http::verb::head;
    circumstances.accepts_gzip =
        header(request, "accept-encoding").value_or("").find("gzip") != std::string_view::npos;
    circumstances.id = id;
    if (path.starts_with(control_prefix)) {
        const Script script = make_script(control(request), {}, circumstances);
        co_return (co_await wire.play(script)).open;
    }

    const Received received = describe(request);
    const std::uint64_t number = ledger_.received(received);
    Switches switches;
    Answer answer;
    try {
        switches = switches_for(request);
        answer = answer_for(request, switches, id);
    } catch (const std::invalid_argument& error) {
        switches = {};
        answer = text_answer(400, error.what());
    }
    const unsigned status = answer.status;
    const Script script = make_script(std::move(answer), switches, circumstances);
    const Wire::Played played = co_await wire.play(script);
    ledger_.done(number, received, {status, played.bytes_sent, played.finished});
    co_return played.open;
}

Switches Server::switches_for(const Request& request)
{
    const std::string text = switch_text(request);
    if (!text.empty()) {
        return parse_switches(text);
    }
    if (default_.times && (*default_.times)-- == 0) {
        default_ = {};
    }
    return default_.switches;
}

Answer Server::answer_for(const Request& request, const Switches& switches, const std::string& id)
{
    const auto [path, query] = path_and_query(request);
    if (!key_accepted(request)) {
        const bool any = header(request, "authorization") || header(request, "x-api-key");
        return error_answer(dialect_of(path), any ? 2049 : 1004, std::nullopt, id);
    }
    if (switches.echo_headers) {
        Answer answer = echo(request, options_.show_keys);
        answer.status = switches.status.value_or(200);
        return answer;
    }
    const auto verb = request.method_string();
    return answer(
        {{verb.data(), verb.size()}, path, query, read_ask(request.body()), switches, id});
}

// As MiniMax reads keys: Authorization wins; x-api-key serves on the Anthropic path.
bool Server::key_accepted(const Request& request) const
{
    if (options_.master_key_file.empty()) {
        return true;
    }
    std::optional<std::string_view> key = header(request, "authorization");
    if (!key && dialect_of(path_and_query(request).first) == Dialect::anthropic) {
        key = header(request, "x-api-key");
    }
    return key && keys_.contains(sha256_hex(token_of(*key)));
}

}  // namespace upstream
