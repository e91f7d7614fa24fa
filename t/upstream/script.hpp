#pragma once

// The bytes of an answer and what befalls them, as a list of steps that `wire.hpp` plays. All
// decisions are taken here, so playing has none.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "answers.hpp"

namespace upstream {

struct Step {
    enum class Kind { write, pause, reset, close };
    Kind kind;
    std::string bytes;                  // of a write
    std::chrono::milliseconds time{0};  // of a pause
};

struct Script {
    std::vector<Step> steps;
    bool keep_alive = false;
};

struct Circumstances {      // of the request that is answered
    unsigned version = 11;  // 10 or 11
    bool keep_alive = true;
    bool head = false;  // the method is HEAD
    bool accepts_gzip = false;
    std::string_view id;
};

Script make_script(Answer answer, const Switches& switches, const Circumstances& circumstances);

}  // namespace upstream
