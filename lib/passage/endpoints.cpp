#include "lib/passage/endpoints.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/mask.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Family::count)> names = {
    "chat",   "models", "messages", "responses",     "embeddings", "speech", "files",  "voices",
    "images", "video",  "music",    "transcription", "tools",      "plan",   "balance"};

constexpr std::string_view get = "GET", post = "POST", del = "DELETE";

struct Endpoint {
    Family family;
    std::string_view method;
    std::string_view path;  // one that ends in a slash stands for those with one name behind it
};

constexpr auto table = std::to_array<Endpoint>({
    {Family::chat, post, "/v1/chat/completions"},
    {Family::chat, post, "/v1/text/chatcompletion_v2"},
    {Family::messages, post, "/anthropic/v1/messages"},
    {Family::messages, post, "/anthropic/v1/messages/count_tokens"},
    {Family::messages, post, "/v1/messages"},
    {Family::messages, post, "/v1/messages/count_tokens"},
    {Family::responses, post, "/v1/responses"},
    {Family::responses, post, "/v1/responses/input_tokens"},
    {Family::models, get, "/v1/models"},
    {Family::models, get, "/v1/models/"},
    {Family::models, get, "/anthropic/v1/models"},
    {Family::models, get, "/anthropic/v1/models/"},
    {Family::embeddings, post, "/v1/embeddings"},
    {Family::speech, post, "/v1/t2a_v2"},
    {Family::speech, post, "/v1/t2a_async_v2"},
    {Family::speech, get, "/v1/query/t2a_async_query_v2"},
    {Family::files, post, "/v1/files/upload"},
    {Family::files, get, "/v1/files/list"},
    {Family::files, get, "/v1/files/retrieve"},
    {Family::files, get, "/v1/files/retrieve_content"},
    {Family::files, post, "/v1/files/delete"},
    {Family::voices, post, "/v1/voice_clone"},
    {Family::voices, post, "/v1/voice_design"},
    {Family::voices, post, "/v1/get_voice"},
    {Family::voices, post, "/v1/delete_voice"},
    {Family::images, post, "/v1/image_generation"},
    {Family::video, post, "/v1/video_generation"},
    {Family::video, get, "/v1/query/video_generation"},
    {Family::video, post, "/v2/video_generation"},
    {Family::video, get, "/v2/query/video_generation/"},
    {Family::video, del, "/v2/video_generation/"},
    {Family::music, post, "/v1/music_generation"},
    {Family::music, post, "/v1/music_cover_preprocess"},
    {Family::transcription, post, "/v1/speech_to_text"},
    {Family::tools, post, "/v1/coding_plan/search"},
    {Family::tools, post, "/v1/coding_plan/vlm"},
    {Family::plan, get, "/v1/token_plan/remains"},
    {Family::plan, get, "/v1/api/openplatform/coding_plan/remains"},
    {Family::balance, get, "/v1/account/balance"},
});

// The name of a model or a task: nothing that could be a path of its own, and no key.
bool is_name(std::string_view text) noexcept
{
    constexpr auto belongs = [](char c) {
        const char l = folded(c);
        return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
    };
    return std::ranges::all_of(text, belongs) && text.find_first_not_of('.') != text.npos &&
           !holds_key(text);
}

bool matches(std::string_view wanted, std::string_view path) noexcept
{
    if (wanted.back() != '/') {
        return path == wanted;
    }
    return path.starts_with(wanted) && is_name(path.substr(wanted.size()));
}

// `/mini`, or nothing.
bool is_folder(std::string_view text) noexcept
{
    constexpr auto belongs = [](char c) {
        const char l = folded(c);
        return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '_';
    };
    return text.empty() ||
           (text.size() > 1 && text.front() == '/' && std::ranges::all_of(text.substr(1), belongs));
}

}  // namespace

std::string_view name_of(Family family) noexcept
{
    return names[static_cast<std::size_t>(family)];
}

std::optional<Family> family_named(std::string_view name) noexcept
{
    const auto* found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<Family>(found - names.begin()));
}

std::optional<Family> family_of(std::string_view method, std::string_view path) noexcept
{
    if (method == "HEAD") {
        method = get;
    }
    const auto* found = std::find_if(table.begin(), table.end(), [&](const Endpoint& endpoint) {
        return endpoint.method == method && matches(endpoint.path, path);
    });
    return found == table.end() ? std::nullopt : std::optional(found->family);
}

bool is_charged(std::string_view method, std::string_view path) noexcept
{
    if (method != post) {
        return method != get && method != "HEAD" && method != "OPTIONS";
    }
    constexpr std::string_view anthropic = "/anthropic";
    for (const std::string_view counting :
         {"/v1/messages/count_tokens", "/v1/responses/input_tokens"}) {
        if (path.ends_with(counting)) {
            std::string_view before = path.substr(0, path.size() - counting.size());
            before.remove_suffix(before.ends_with(anthropic) ? anthropic.size() : 0);
            return !is_folder(before);
        }
    }
    return true;
}

}  // namespace mmx
