// mmx-admind: parse, run, and report what stopped it.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "commands.hpp"
#include "error.hpp"

namespace {

int report(mmx::ErrorCode code, const std::string& message, int status, bool json)
{
    if (json) {
        std::cout << mmx::to_text(mmx::error_json(code, message)) << std::endl;
    }
    std::cerr << "mmx-admind: " << message << '\n';
    return status;
}

int run(const std::vector<std::string>& words)
{
    const mmx::Invocation invocation = mmx::parse_command_line(mmx::commands(), words);
    if (invocation.command == nullptr) {
        std::cout << invocation.help << std::flush;
        return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    mmx::Context context(mmx::load_config(invocation.options));
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
    } catch (const mmx::Error& error) {
        return report(error.code(), error.what(), error.exit_status(), json);
    } catch (const std::exception& error) {
        return report(mmx::ErrorCode::internal, error.what(), EXIT_FAILURE, json);
    }
}
