#include "assets.hpp"

#include "error.hpp"

namespace mmx {
namespace {

constexpr std::string_view console_prefix = "/console";
constexpr std::string_view no_console_page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>MMX Gate</title>"
    "<p>This mmx-admind was built without its console (MMX_CONSOLE=OFF). The admin API is at "
    "/api/v1.</p></html>\n";

}  // namespace

Response serve_asset(const Request& request)
{
    if (request.path() != "/" && !request.path().starts_with(console_prefix)) {
        throw Error(ErrorCode::not_found, "there is nothing at this address");
    }
    Response response;
    response.type = "text/html; charset=utf-8";
    response.fixed = no_console_page;
    return response;
}

}  // namespace mmx
