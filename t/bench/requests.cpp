#include "requests.hpp"

#include <cmath>
#include <fstream>
#include <stdexcept>

namespace bench {

Requests::Requests(const Options& options, std::string_view headers, std::string_view fields)
    : random_(static_cast<std::uint64_t>(options.number("seed")))
{
    const std::string body =
        R"({"model":"MiniMax-M2.7","messages":[{"role":"user","content":"hello"}])" +
        std::string(fields) + "}";
    const std::string head = "POST " + options.text("path") +
                             " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n" +
                             std::string(headers) +
                             "Content-Length: " + std::to_string(body.size()) + "\r\n";
    const double exponent = options.real("exponent");
    std::ifstream file(options.text("keys"));
    std::vector<double> weights;
    for (std::string key; std::getline(file, key);) {
        texts_.push_back(head + "Authorization: Bearer " + key + "\r\n\r\n" + body);
        weights.push_back(std::pow(static_cast<double>(texts_.size()), -exponent));
    }
    if (texts_.empty()) {
        throw std::runtime_error("no keys in " + options.text("keys"));
    }
    index_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
}

}  // namespace bench
