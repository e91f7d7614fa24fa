#include "check/finding.hpp"

namespace mmx::admin {

std::string_view level_name(Finding::Level level) noexcept
{
    switch (level) {
    case Finding::Level::ok: return "ok";
    case Finding::Level::warn: return "warn";
    case Finding::Level::fail: return "fail";
    }
    return "";
}

}  // namespace mmx::admin
