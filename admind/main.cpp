// mmx-admind: parse, run, and report what stopped it.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/dispatch.hpp"
#include "api/routes.hpp"
#include "base/error.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/serve.hpp"
#include "host/hardening.hpp"

namespace {

constexpr mmx::admin::AdminApi api{.answer = mmx::admin::dispatch,
                                   .routes_text = mmx::admin::routes_text};

int report(mmx::admin::ErrorCode code, const std::string& message, int status, bool json)
{
    if (json) {
        std::cout << mmx::admin::to_text(mmx::admin::error_json(code, message)) << std::endl;
    }
    std::cerr << "mmx-admind: " << message << '\n';
    return status;
}

int run(const std::vector<std::string>& words)
{
    const mmx::admin::Invocation invocation =
        mmx::admin::parse_command_line(mmx::admin::commands(), words);
    if (invocation.command == nullptr) {
        std::cout << invocation.text << std::flush;
        return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    mmx::admin::Context context(mmx::admin::load_config(invocation.options), api);
    return invocation.command->run(context, invocation);
}

}  // namespace

int main(int argc, char** argv)
{
    mmx::harden_process();
    const std::vector<std::string> words(argv + 1, argv + argc);
    const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
    try {
        return run(words);
    } catch (const mmx::admin::Error& error) {
        return report(error.code(), error.what(), error.exit_status(), json);
    } catch (const std::exception& error) {
        return report(mmx::admin::ErrorCode::internal, error.what(), EXIT_FAILURE, json);
    }
}
