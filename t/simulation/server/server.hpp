#pragma once

// The simulated Redis as one that is spoken to: commands in, replies out. It runs the real scripts,
// altered only where a mutation is asked for.

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/handshake.hpp"
#include "server/database.hpp"
#include "server/lua.hpp"

namespace mmx::simulation {

// The scripts, compiled once for all runs.
class Scripts {
public:
    // mutation: the name of one, or empty. Throws std::runtime_error when there is none of that
    // name, or when the line that it alters is no more there.
    explicit Scripts(std::string_view mutation);

    // Those that the gateway knows, in the form in which it sends them.
    const gate::RedisHandshake::Scripts& forms() const noexcept { return forms_; }
    Lua& lua() noexcept { return lua_; }

private:
    Lua lua_;
    gate::RedisHandshake::Scripts forms_;
};

// Names of the mutations of scripts.
std::vector<std::string_view> script_mutations();

class Server {
public:
    explicit Server(Scripts& scripts) : scripts_(scripts) {}
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Database database;

    // Called about each commit, before it runs and with its reply after.
    std::function<void(Words keys, Words arguments)> before_commit;
    std::function<void(Words keys, Words arguments, const Reply& reply)> after_commit;
    std::function<void(Words keys, Words arguments, const Reply& reply)> after_total;

    Reply run(Words words);
    // As a client that has all scripts: the daemon.
    Reply run_script(const std::string& name, Words keys, Words arguments)
    {
        return scripts_.lua().run(name, keys, arguments, database);
    }
    // It has been restarted, or somebody said SCRIPT FLUSH: EVALSHA finds nothing.
    void forget_scripts() noexcept { known_.fill(false); }

private:
    enum Script : std::uint8_t { commit, total, recall, scripts_count };

    // Of its text or its sum; scripts_count: of none.
    Script script(std::string_view said) const;
    Reply load(std::string_view text);
    Reply evaluate(Words words);

    Scripts& scripts_;
    std::array<bool, scripts_count> known_{};
};

}  // namespace mmx::simulation
