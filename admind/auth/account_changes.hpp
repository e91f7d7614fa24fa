#pragma once

// Changing and deleting accounts, with what that does to their sessions and API tokens. Every
// change leaves an audit entry in the same MULTI, and since no two such changes run at once
// (Store::apply), there is always an admin left once there was one. Throws Error.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/accounts.hpp"
#include "auth/principal.hpp"
#include "store/store.hpp"

namespace mmx::admin {

// What a change sets; absent members stay as they are.
struct AccountChange {
    std::optional<Role> role = {};
    std::optional<std::string> password = {};  // a PHC string
    std::string kept_session = {};  // the hash of the session that does not end; empty: none
    bool keep_tokens = false;       // a new password leaves the tokens that the account made
};

class AccountChanges {
public:
    explicit AccountChanges(Store& store) : store_(store) {}

    // Ends the account's sessions, since they were opened under what was changed, and with a new
    // password the API tokens that it made: what was made by whoever knew the old one ends with
    // it. What is so already is no change. Throws what require does, which sees the account as it
    // is found. Returns how many tokens ended.
    std::size_t change(std::string_view name, const AccountChange& change,
                       const std::function<void(const Account&)>& require = {});

    // With the account go its sessions, and the API tokens it made.
    void remove(std::string_view name);

private:
    Store& store_;
};

}  // namespace mmx::admin
