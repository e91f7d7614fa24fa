#include "auth/scopes.hpp"

#include <gtest/gtest.h>

#include <iterator>

#include "api/routes.hpp"
#include "auth/principal.hpp"

namespace mmx::admin {
namespace {

TEST(Scopes, HaveNamesThatReadBack)
{
    EXPECT_EQ(admin_scopes.names().size(), std::size(scope_names));
    for (const std::string_view name : scope_names) {
        ASSERT_TRUE(parse_scope(name));
        EXPECT_EQ(scope_name(*parse_scope(name)), name);
        EXPECT_EQ(Scopes{*parse_scope(name)}.text(), name);
    }
    for (const std::string_view name : {"", "keys", "keys.read ", "Keys.read", "keys.*"}) {
        EXPECT_FALSE(parse_scope(name)) << name;
    }
}

TEST(Scopes, AreSets)
{
    const Scopes left{Scope::keys_read, Scope::audit_read};
    const Scopes right{Scope::audit_read, Scope::tokens_write};
    EXPECT_EQ(left.common(right), Scopes{Scope::audit_read});
    EXPECT_EQ(left.without(right), Scopes{Scope::keys_read});
    EXPECT_TRUE(left.without(left).is_empty());
    EXPECT_EQ(left.text(), "keys.read,audit.read");
}

TEST(Scopes, OfAViewerOpenNoRouteThatNeedsAnAdminToWrite)
{
    for (const Route& route : routes()) {
        if (route.tokens.kind == TokenAccess::Kind::scope &&
            viewer_scopes.has(route.tokens.scope)) {
            const bool writes = route.method != "GET" && route.access == Access::admin;
            EXPECT_TRUE(!writes || route.pattern == "/audit/verify") << route.pattern;
        }
    }
    EXPECT_EQ(scopes_of(Role::viewer), viewer_scopes);
    EXPECT_EQ(viewer_scopes.without(admin_scopes), Scopes());
}

}  // namespace
}  // namespace mmx::admin
