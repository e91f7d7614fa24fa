#include "http/assets.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "lib/encoding.hpp"

namespace mmx::admin {

// As embed_files.cmake lays it out.
struct EmbeddedFile {
    const char* path;
    std::uint64_t path_length;
    const char* bytes;
    std::uint64_t length;
};

extern const EmbeddedFile embedded_files[] asm("mmx_assets");
extern const std::uint64_t embedded_count asm("mmx_assets_count");

namespace {

constexpr std::string_view console_prefix = "/console/";
constexpr std::string_view hashed_folder = "assets/";  // whose files' names hold their hashes
constexpr std::string_view index_file = "index.html";
constexpr std::string_view no_console_page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>MMX Gate</title>"
    "<p>This mmx-admind was built without its console (MMX_CONSOLE=OFF). The admin API is at "
    "/api/v1.</p></html>\n";

struct MediaType {
    std::string_view suffix, type;
};
constexpr MediaType media_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

struct Coding {
    std::string_view name, suffix;
};
constexpr Coding codings[] = {{"br", ".br"}, {"gzip", ".gz"}};  // the smaller first

struct Asset {
    std::string_view path, bytes;
    std::string tag;  // for ETag
};

std::string tag_of(std::string_view bytes)
{
    constexpr std::size_t shown = 12;  // bytes of the hash
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
    return "\"" + to_hex(std::span(hash).first(shown)) + "\"";
}

std::vector<Asset> read_assets()
{
    std::vector<Asset> assets;
    for (const EmbeddedFile& file : std::span(embedded_files, embedded_count)) {
        const std::string_view bytes(file.bytes, file.length);
        assets.push_back({std::string_view(file.path, file.path_length), bytes, tag_of(bytes)});
    }
    std::ranges::sort(assets, {}, &Asset::path);
    return assets;
}

const Asset* find_asset(std::string_view path)
{
    static const std::vector<Asset> assets = read_assets();
    const auto found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
    return found == assets.end() || found->path != path ? nullptr : &*found;
}

std::string_view type_of(std::string_view path)
{
    const auto fits = [&](const MediaType& type) { return path.ends_with(type.suffix); };
    const auto found = std::ranges::find_if(media_types, fits);
    return found == std::end(media_types) ? std::string_view() : found->type;
}

// Whether an Accept-Encoding names the coding, and not to refuse it.
bool accepts(std::string_view header, std::string_view coding)
{
    while (!header.empty()) {
        const std::size_t end = std::min(header.find(','), header.size());
        std::string_view item = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
        const std::string_view name = item.substr(0, item.find_first_of("; \t"));
        const std::size_t quality = item.find("q=");
        const bool refused =
            quality != std::string_view::npos &&
            item.substr(quality + 2).find_first_not_of("0. \t") == std::string_view::npos;
        if (name == coding) {
            return !refused;
        }
    }
    return false;
}

Response redirect(std::string_view where)
{
    Response response;
    response.status = 302;
    response.set("Location", std::string(where));
    return response;
}

// The page with the prefix before each address that it names. A script or style that it loads finds
// the rest from where it lies itself.
std::string with_prefix(std::string_view page, std::string_view prefix)
{
    const std::string address = "\"" + std::string(console_prefix);
    std::string text;
    for (std::size_t at = 0; (at = page.find(address)) != std::string_view::npos;) {
        text.append(page.substr(0, at + 1)).append(prefix).append(console_prefix);
        page.remove_prefix(at + address.size());
    }
    return text.append(page);
}

Response answer_prefixed(const Request& request, const Asset& page)
{
    std::string text = with_prefix(page.bytes, request.prefix);
    Response response;
    response.cacheable = true;
    response.set("ETag", tag_of(text)).set("Cache-Control", "no-cache");
    response.type = type_of(page.path);
    response.body = std::move(text);
    return response;
}

// The smallest form that the client takes.
Response answer(const Request& request, const Asset& plain)
{
    const Asset* asset = &plain;
    Response response;
    for (const Coding& coding : codings) {
        const Asset* packed = find_asset(std::string(plain.path) + std::string(coding.suffix));
        if (packed != nullptr && accepts(request.header(accepted_encodings), coding.name)) {
            response.set("Content-Encoding", std::string(coding.name));
            asset = packed;
            break;
        }
    }
    response.cacheable = true;
    response.set("ETag", asset->tag).set("Vary", "Accept-Encoding");
    response.set("Cache-Control", plain.path.starts_with(hashed_folder)
                                      ? "public, max-age=31536000, immutable"
                                      : "no-cache");
    if (request.header("if-none-match").find(asset->tag) != std::string_view::npos) {
        response.status = 304;
        return response;
    }
    response.type = type_of(plain.path);
    response.fixed = asset->bytes;
    return response;
}

Response answer_without_console()
{
    Response response;
    response.type = "text/html; charset=utf-8";
    response.fixed = no_console_page;
    return response;
}

}  // namespace

Response serve_asset(const Request& request)
{
    const std::string_view path = request.path();
    if (path != "/" && path != "/console" && !path.starts_with(console_prefix)) {
        throw Error(ErrorCode::not_found, "there is nothing at this address");
    }
    if (request.method != "GET" && request.method != "HEAD") {
        throw Error(ErrorCode::method_not_allowed, "this address takes GET, HEAD only");
    }
    if (!path.starts_with(console_prefix)) {
        return redirect(request.prefix + std::string(console_prefix));
    }
    const Asset* page = find_asset(index_file);
    if (page == nullptr) {
        return answer_without_console();
    }
    const std::string_view name = path.substr(console_prefix.size());
    const Asset* asset = find_asset(name);
    if (asset != nullptr && !type_of(name).empty()) {
        return answer(request, *asset);
    }
    // What looks like a file is missing; anything else is an address within the page.
    if (name.substr(name.rfind('/') + 1).find('.') != std::string_view::npos) {
        throw Error(ErrorCode::not_found, "there is nothing at this address");
    }
    return request.prefix.empty() ? answer(request, *page) : answer_prefixed(request, *page);
}

}  // namespace mmx::admin
