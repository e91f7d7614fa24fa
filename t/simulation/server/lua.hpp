#pragma once

// The product's own scripts in Debian's Lua 5.1, which Redis has inside: redis.call() goes to a
// database in memory, values are converted as Redis converts them, globals are forbidden.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/database.hpp"

struct lua_State;

namespace mmx::simulation {

class Lua {
public:
    Lua();
    Lua(const Lua&) = delete;
    Lua& operator=(const Lua&) = delete;
    ~Lua();

    // Compiles a script under that name. Throws std::runtime_error with the compiler's words.
    void load(const std::string& name, std::string_view text);

    // Runs it. What it does wrong is an error reply.
    Reply run(const std::string& name, Words keys, Words arguments, Database& database);

private:
    static int call(lua_State* state);

    lua_State* state_;
    std::map<std::string, int> scripts_;  // references in the registry
    Database* database_ = nullptr;        // of the script that runs
};

}  // namespace mmx::simulation
