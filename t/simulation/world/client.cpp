#include "world/client.hpp"

namespace mmx::simulation {

Client::Client(std::size_t key_number, std::uint32_t address, gate::LocationConfig& location,
               gate::Metrics& metrics, std::function<void(Client&)> woken)
    : key(key_number), woken_(std::move(woken))
{
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(address);
    write_.data = this;
    write_.handler = [](ngx_event_t* event) {
        auto& self = *static_cast<Client*>(event->data);
        self.woken_(self);
    };
    connection_.write = &write_;
    connection_.sockaddr = reinterpret_cast<const sockaddr*>(&address_);
    request_.main = &request_;
    request_.connection = &connection_;
    request_.pool = &pool_;
    request_.location = &location;
    admission = gate::Admission::begin(&request_, metrics);
}

Client::~Client()
{
    if (write_.posted) {
        ngx_delete_posted_event(&write_);
    }
}

}  // namespace mmx::simulation
