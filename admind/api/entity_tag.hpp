#pragma once

// Two who change the same thing: an answer's ETag names what can be changed as it stood, and a
// change whose If-Match names none of that any more is refused. Without If-Match the last one wins.

#include <string>
#include <string_view>

#include "auth/accounts.hpp"
#include "http/message.hpp"
#include "store/key.hpp"
#include "store/settings.hpp"

namespace mmx::admin {

// Of what people set, not of what is counted: quoted, as it stands in ETag.
std::string tag_of(const Key& key);
std::string tag_of(const Settings& settings);
std::string tag_of(const Account& account);

// Throws Error{changed_meanwhile} when the request expects another state than the one of the tag.
void require_match(const Request& request, std::string_view tag);

}  // namespace mmx::admin
