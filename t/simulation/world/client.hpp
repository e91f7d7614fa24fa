#pragma once

// A client's request in a worker: nginx' side of it, and its admission.

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/ngx.hpp"
#include "commits/admission.hpp"
#include "config/config.hpp"

namespace mmx::simulation {

class Client {
public:
    // woken is called once, in a turn of its worker, when the admission was decided.
    Client(std::size_t key, std::uint32_t address, gate::LocationConfig& location,
           gate::Metrics& metrics, std::function<void(Client&)> woken);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool waits() const noexcept { return admission->state() == gate::Admission::State::waiting; }
    std::span<const std::uint8_t> address() const noexcept { return admission->address(); }

    const std::size_t key;        // its number
    std::uint64_t number = 0;     // of the request
    std::uint64_t arrived = 0;    // the step in which it did
    ngx_msec_t arrived_ms = 0;    // by nginx' clock
    std::int64_t arrived_us = 0;  // by Redis'
    bool noted = false;           // its decision is in the book
    gate::Admission* admission = nullptr;

private:
    sockaddr_in address_{};
    ngx_event_t write_;
    ngx_connection_t connection_;
    ngx_pool_t pool_;
    ngx_http_request_t request_;
    std::function<void(Client&)> woken_;

public:
    ~Client();
};

}  // namespace mmx::simulation
