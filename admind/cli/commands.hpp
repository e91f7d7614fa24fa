#pragma once

// The commands. Each handler reads its options, calls the store and prints; it returns the exit
// status and throws Error.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "auth/principal.hpp"
#include "base/config.hpp"
#include "cli/command_line.hpp"
#include "format/json.hpp"
#include "store/deployment.hpp"
#include "store/key.hpp"

namespace mmx::admin {

std::span<const CommandSpec> commands();

// What a handler works with, opened when it is first asked for.
class Context {
public:
    explicit Context(Config config);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Config& config() const noexcept { return config_; }
    RedisClient& redis();
    SecretText redis_password() const;  // of the password file, else of the URL
    const Secrets& secrets();
    Store& store() { return deployment_.store(); }
    Store& raw_store() { return deployment_.raw_store(); }  // for init: nothing was verified

    // The settings' zone, and today in it by Redis' clock.
    const Calendar& calendar() { return deployment_.calendar(); }
    std::int64_t now() { return deployment_.now(); }
    QuotaDay today() { return deployment_.today(); }

    // Prints the one or the other. Throws when standard output takes nothing.
    void print(const Json& json, std::string_view text) const;

private:
    Config config_;
    std::unique_ptr<RedisClient> redis_;
    std::unique_ptr<Secrets> secrets_;
    Deployment deployment_;
};

// The gateway key that a client holds is typed or piped; - stands for it.
KeyId key_of_argument(Context& context, std::string_view argument);

// Options as values; each throws Error{invalid_argument} with what was expected.
std::optional<std::int64_t> limit_option(const Invocation& invocation, std::string_view name);
std::int64_t count_option(const Invocation& invocation, std::string_view name, std::int64_t min,
                          std::int64_t max, std::int64_t otherwise);
std::string date_option(const Invocation& invocation, std::string_view name,
                        std::string_view otherwise);
// Day, month, expiry, networks, user and note, as far as they are given.
KeyChange key_options(Context& context, const Invocation& invocation);

// Prints a key as it stands now; returns the exit status.
int print_key(Context& context, const KeyId& id);

// Whether the user wants it; throws when nobody can be asked and --yes is not given.
bool confirmed(const Invocation& invocation, const std::string& question);

// What --role says; required.
Role role_option(const Invocation& invocation);

int run_init(Context& context, const Invocation& invocation);
int run_master_set(Context& context, const Invocation& invocation);
int run_master_show(Context& context, const Invocation& invocation);
int run_key_create(Context& context, const Invocation& invocation);
int run_key_import(Context& context, const Invocation& invocation);
int run_key_list(Context& context, const Invocation& invocation);
int run_key_show(Context& context, const Invocation& invocation);
int run_key_set(Context& context, const Invocation& invocation);
int run_key_enable(Context& context, const Invocation& invocation);
int run_key_disable(Context& context, const Invocation& invocation);
int run_key_delete(Context& context, const Invocation& invocation);
int run_key_reveal(Context& context, const Invocation& invocation);
int run_key_rotate(Context& context, const Invocation& invocation);
int run_usage(Context& context, const Invocation& invocation);
int run_settings_show(Context& context, const Invocation& invocation);
int run_settings_set(Context& context, const Invocation& invocation);
int run_user_add(Context& context, const Invocation& invocation);
int run_user_list(Context& context, const Invocation& invocation);
int run_user_delete(Context& context, const Invocation& invocation);
int run_user_password(Context& context, const Invocation& invocation);
int run_user_role(Context& context, const Invocation& invocation);
int run_token_create(Context& context, const Invocation& invocation);
int run_token_list(Context& context, const Invocation& invocation);
int run_token_delete(Context& context, const Invocation& invocation);
int run_audit(Context& context, const Invocation& invocation);
int run_serve(Context& context, const Invocation& invocation);
int run_check(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
