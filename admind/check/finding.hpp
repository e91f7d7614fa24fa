#pragma once

// What an examination found, and what to do about it.

#include <string>
#include <string_view>
#include <vector>

namespace mmx::admin {

struct Finding {
    enum class Level { ok, warn, fail };
    Level level;
    std::string subject, message;
    std::string advice;  // empty when all is well
};

using Findings = std::vector<Finding>;

std::string_view level_name(Finding::Level level) noexcept;

}  // namespace mmx::admin
