#include "lib/answers/dialect.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/encoding.hpp"

namespace mmx {
namespace {

// Behind `/v1/`. A name stands for itself and for all that lies below it.
constexpr std::array<std::string_view, 18> native_endpoints = {"text",
                                                               "embeddings",
                                                               "t2a_v2",
                                                               "t2a_v2_bidi",
                                                               "t2a_async_v2",
                                                               "query",
                                                               "voice_clone",
                                                               "voice_design",
                                                               "get_voice",
                                                               "delete_voice",
                                                               "image_generation",
                                                               "video_generation",
                                                               "files",
                                                               "music_generation",
                                                               "token_plan",
                                                               "music_cover_preprocess",
                                                               "coding_plan",
                                                               "api/openplatform"};

bool is_at_or_below(std::string_view path, std::string_view name) noexcept
{
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
}

}  // namespace

Dialect dialect_of_path(std::string_view path) noexcept
{
    constexpr std::string_view version = "/v1/";
    path = path.substr(0, path.find('?'));
    if (path.find("/anthropic/") != path.npos) {
        return Dialect::anthropic;
    }
    for (std::size_t at = path.find(version); at != path.npos; at = path.find(version, at + 1)) {
        const std::string_view endpoint = path.substr(at + version.size());
        if (is_at_or_below(endpoint, "messages")) {
            return Dialect::anthropic;
        }
        const auto is_endpoint = [&](std::string_view name) {
            return is_at_or_below(endpoint, name);
        };
        if (std::any_of(native_endpoints.begin(), native_endpoints.end(), is_endpoint)) {
            return Dialect::native;
        }
    }
    return Dialect::openai;
}

void append_error(std::string& out, Dialect dialect, const ErrorRow& row, const ErrorFacts& facts,
                  bool chinese)
{
    const std::string message = error_message(row, facts, chinese);
    const auto put_reset = [&] {
        if (!facts.resets_at.empty()) {
            append_json_string(out.append(R"(,"resets_at":)"), facts.resets_at);
        }
    };
    switch (dialect) {
    case Dialect::openai:
        append_json_string(out.append(R"({"error":{"message":)"), message);
        out.append(R"(,"type":")").append(row.openai_type);
        out.append(R"(","param":null,"code":")").append(row.code) += '"';
        put_reset();
        out.append("}}");
        return;
    case Dialect::anthropic:
        out.append(R"({"type":"error","error":{"type":")").append(row.anthropic_type);
        append_json_string(out.append(R"(","message":)"), message);
        put_reset();
        append_json_string(out.append(R"(},"request_id":)"), facts.request_id);
        out += '}';
        return;
    case Dialect::native:
        out.append(R"({"base_resp":{"status_code":)").append(std::to_string(row.native_code));
        append_json_string(out.append(R"(,"status_msg":)"), message);
        put_reset();
        out.append("}}");
        return;
    }
}

}  // namespace mmx
