// The control path, `/__stub/`: how a test sets what it cannot say in a header, and reads back what
// happened. Nothing under it is counted or written to the ledger.

#include <charconv>
#include <stdexcept>

#include "errors.hpp"
#include "server.hpp"

namespace upstream {

namespace {

Answer json_answer(unsigned status, std::string body)
{
    Answer answer;
    answer.status = status;
    answer.frames.push_back(std::move(body));
    return answer;
}

Answer refusal(unsigned status, std::string_view message)
{
    return json_answer(status, cat({R"({"error":)", json_text(message), "}\n"}));
}

std::optional<std::uint64_t> number_in(std::string_view query, std::string_view name)
{
    const auto text = query_value(query, name);
    if (!text) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc{} || stop != end) {
        throw std::invalid_argument(cat({name, " wants a number"}));
    }
    return number;
}

}  // namespace

Answer Server::control(const Request& request)
{
    const auto [path, query] = path_and_query(request);
    const bool post = request.method() == http::verb::post;
    try {
        if (path == "/__stub/default") {
            return post
                       ? set_default(request, query)
                       : json_answer(200, cat({R"({"default":)", json_text(default_.text), "}\n"}));
        }
        if (path == "/__stub/ledger" && !post) {
            return json_answer(200, ledger_.lines(number_in(query, "since").value_or(0)));
        }
        if (path == "/__stub/stats" && !post) {
            return json_answer(200, ledger_.stats(connections_, wires_.size()));
        }
        if (path == "/__stub/keys" && post) {
            load_keys();
            return json_answer(200, "{}\n");
        }
        if (path == "/__stub/reset" && post) {
            default_ = {};
            ledger_.clear();
            return json_answer(200, "{}\n");
        }
    } catch (const std::exception& error) {
        return refusal(400, error.what());
    }
    return refusal(404, "the control path has default, ledger, stats, keys and reset");
}

Answer Server::set_default(const Request& request, std::string_view query)
{
    Default wanted;
    wanted.text = request.body();
    wanted.switches = parse_switches(wanted.text);
    wanted.times = number_in(query, "times");
    default_ = std::move(wanted);
    return json_answer(200, "{}\n");
}

}  // namespace upstream
