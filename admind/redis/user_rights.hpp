#pragma once

// What a Redis user may do, as the words of an ACL file that grant something:
// `+hget`, `~mmx:*`, `%R~mmx:settings`, `&*`, `nopass`. What takes away again is not among them.
//
//   shipped_rights("mmx-gateway").words         {"%R~mmx:settings", "+ping", …, "~mmx:{*"}
//   beyond(*rights_of(reply, members), shipped) what a user has more, `+@all ~*`

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "redis/client.hpp"

namespace mmx::admin {

struct UserRights {
    bool is_on = true;
    std::set<std::string> words;
    bool tells_reads = true;  // whether this Redis tells what reads a name from what writes it
};

// The names of conf/users.acl.
inline constexpr std::string_view gateway_user = "mmx-gateway";
inline constexpr std::string_view admind_user = "mmx-admind";

// Of a line of an ACL file: `user NAME on #… ~mmx:* -@all +ping`.
UserRights rights_of_line(std::string_view line);

// The commands of a category, `hash`.
using CategoryMembers = std::function<std::vector<std::string>(std::string_view category)>;

// Of what ACL GETUSER answers, in the forms of Redis 6.2 and 7; nothing where there is no such
// user. Redis tells most of a category as the category without the rest;
// here each command stands for itself, but where all are granted.
std::optional<UserRights> rights_of(const Reply& reply, const CategoryMembers& members);

// What conf/users.acl gives the user of that name, as this program was built with it.
UserRights shipped_rights(std::string_view name);

// What `has` grants beyond `needed`, with spaces between; empty: nothing. Redis 6.2, which
// cannot tell reading a name from writing it, is granted both where one is needed.
std::string beyond(const UserRights& has, const UserRights& needed);

// The commands of `needed` that `has` lacks, with spaces between; of one that has been granted all
// and lost some again, this says nothing.
std::string missing(const UserRights& has, const UserRights& needed);

}  // namespace mmx::admin
