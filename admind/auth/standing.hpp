#pragma once

// How whoever offers a password stands to the account they name. Floods come from strangers, so
// what is bounded is shared out by it: a class that has filled its own share takes nothing of the
// next one's.

#include <cstdint>

namespace mmx::admin {

enum class Standing : std::uint8_t {
    unknown,  // there is no account of that name
    account,  // there is, but it was not logged in to from this network lately
    home,     // it was; or the password is that of somebody who has proved who they are
};

}  // namespace mmx::admin
