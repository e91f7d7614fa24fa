#pragma once

// What a request's body asks for, as far as an answer depends on it.

#include <string>
#include <string_view>

namespace upstream {

struct Ask {
    bool valid = false;  // a JSON object
    std::string model;
    bool stream = false;
    bool include_usage = false;
    bool cache_control = false;  // asked for anywhere in the body
};

Ask read_ask(std::string_view body);

}  // namespace upstream
