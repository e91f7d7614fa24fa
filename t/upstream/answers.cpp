#include "answers.hpp"

#include <nlohmann/json.hpp>

#include "errors.hpp"

namespace upstream {

namespace {

std::string chat_object(const Question& q)
{
    return cat({R"({"id":")", q.id, R"(","choices":[{"finish_reason":"stop","index":0,)",
                R"("message":{"content":"<think>\nplan\n</think>\n\nHello, 世界.)",
                padding(q.switches), R"(","role":"assistant","name":"MiniMax AI",)",
                R"("audio_content":""}}],"created":1790000000,"model":)", json_text(q.ask.model),
                R"(,"object":"chat.completion",)",
                q.switches.no_usage ? "" : cat({R"("usage":)", chat_usage(q), ","}), sensitive, ",",
                ok_resp, "}"});
}

std::string anthropic_object(const Question& q)
{
    const std::string usage = anthropic_usage(anthropic_figures(q.switches, 3));
    return cat({R"({"id":")", q.id, R"(","type":"message","role":"assistant","model":)",
                json_text(q.ask.model), R"(,"content":[{"text":"Hello, 世界.)", padding(q.switches),
                R"(","type":"text"}],)",
                q.switches.no_usage ? "" : cat({R"("usage":)", usage, ","}),
                R"("stop_reason":"end_turn",)", ok_resp, "}"});
}

// What the remaining endpoints answer: one fixed body each.
struct Endpoint {
    std::string_view method, path, body;
};
constexpr Endpoint endpoints[] = {
    {"GET", "/v1/models",
     R"({"object":"list","data":[)"
     R"({"id":"MiniMax-M3","object":"model","created":1780272000,"owned_by":"minimax"},)"
     R"({"id":"MiniMax-M2.7","object":"model","created":1770000000,"owned_by":"minimax"}]})"},
    {"POST", "/v1/embeddings",
     R"({"vectors":[[0.1,0.2]],"total_tokens":1,)"
     R"("base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"POST", "/v1/image_generation",
     R"({"id":"06c2","data":{"image_urls":["https://example.invalid/a.jpeg"]},)"
     R"("metadata":{"success_count":"1","failed_count":"0"},)"
     R"("base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"POST", "/v1/video_generation",
     R"({"task_id":"106916112212032","base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"GET", "/v1/query/video_generation",
     R"({"task_id":"106916112212032","status":"Success","file_id":"176844028768320",)"
     R"("video_width":1024,"video_height":768,"base_resp":{"status_code":0,)"
     R"("status_msg":"success"}})"},
    {"POST", "/v2/video_generation", R"({"task_id":"424010985738629"})"},
    {"POST", "/v1/music_generation",
     R"({"data":{"status":2,"audio":"494433"},"trace_id":"06c3","extra_info":{)"
     R"("music_duration":25000,"music_sample_rate":44100,"music_channel":2,"bitrate":256000,)"
     R"("music_size":800000},"analysis_info":null,)"
     R"("base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"POST", "/v1/files/upload",
     R"({"file":{"file_id":392728805122169,"bytes":69,"created_at":1790000000,)"
     R"("filename":"t.txt","purpose":"retrieval"},)"
     R"("base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"GET", "/v1/files/list",
     R"({"files":[],"base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"GET", "/v1/files/retrieve",
     R"({"file":{"file_id":176844028768320,"bytes":1,"created_at":1790000000,)"
     R"("filename":"o.mp4","purpose":"video_generation",)"
     R"("download_url":"https://example.invalid/o.mp4"},)"
     R"("base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"POST", "/v1/files/delete",
     R"({"file_id":176844028768320,"base_resp":{"status_code":0,"status_msg":"success"}})"},
    {"GET", "/v1/token_plan/remains",
     R"({"base_resp":{"status_code":0,"status_msg":"success"},"model_remains":[]})"},
    {"POST", "/anthropic/v1/messages/count_tokens", R"({"input_tokens":20})"},
};

constexpr std::string_view video_query = "/v2/query/video_generation/";
constexpr std::string_view video_task =
    R"({"task":{"id":"424010985738629","model":"MiniMax-H3","status":"succeeded",)"
    R"("created_at":1790000000,"updated_at":1790000400,)"
    R"("content":{"url":"https://example.invalid/o.mp4"},"resolution":"2K","duration":5,)"
    R"("usage":{"total_seconds":5,"input_seconds":0,"output_seconds":5,"input_image_count":0},)"
    R"("ratio":"16:9","task_type":"generation","modality":"video"}})";

std::string speech_object(const Question& q)
{
    return cat({R"({"data":{"audio":"494433)", padding(q.switches), R"(","status":2},)",
                speech_extra_info(), R"(,"trace_id":")", q.id, "\",", success_resp, "}"});
}

struct Talker {  // an endpoint that answers by model, whole or as a stream
    std::string_view path;
    std::string (*object)(const Question&);
    std::vector<std::string> (*events)(const Question&);
};
constexpr Talker talkers[] = {
    {"/v1/chat/completions", chat_object, [](const Question& q) { return chat_events(q, false); }},
    {"/v1/text/chatcompletion_v2", chat_object,
     [](const Question& q) { return chat_events(q, true); }},
    {"/anthropic/v1/messages", anthropic_object, anthropic_events},
    {"/v1/responses",
     [](const Question& q) { return responses_object(q, "completed", true) + "}"; },
     responses_events},
    {"/v1/t2a_v2", speech_object, speech_events},
};

Answer talk(const Question& q, const Talker& talker)
{
    if (!q.ask.valid || q.ask.model.empty()) {
        return error_answer(dialect_of(q.path), 2013, std::nullopt, q.id);
    }
    Answer answer;
    answer.reached_model = true;
    answer.stream = q.ask.stream;
    if (q.ask.stream) {
        answer.type = "text/event-stream";
        answer.frames = talker.events(q);
    } else {
        answer.frames.push_back(talker.object(q));
    }
    return answer;
}

Answer plain_text(unsigned status, std::string_view type, std::string_view body)
{
    Answer answer;
    answer.status = status;
    answer.type = type;
    answer.frames.emplace_back(body);
    return answer;
}

Answer by_path(const Question& q)
{
    if (q.method == "POST") {
        for (const Talker& talker : talkers) {
            if (talker.path == q.path) {
                return talk(q, talker);
            }
        }
    }
    for (const Endpoint& endpoint : endpoints) {
        if (endpoint.path == q.path && endpoint.method == q.method) {
            return plain_text(200, "application/json; charset=utf-8", endpoint.body);
        }
    }
    if (q.method == "GET" && q.path.starts_with(video_query)) {
        return plain_text(200, "application/json; charset=utf-8", video_task);
    }
    return plain_text(404, "text/plain", "404 page not found");
}

}  // namespace

Dialect dialect_of(std::string_view path)
{
    if (path.starts_with("/anthropic/")) {
        return Dialect::anthropic;
    }
    constexpr std::string_view openai_paths[] = {"/v1/chat/", "/v1/responses", "/v1/models",
                                                 "/v1/speech_to_text", "/v2/"};
    for (const std::string_view prefix : openai_paths) {
        if (path.starts_with(prefix)) {
            return Dialect::openai;
        }
    }
    return Dialect::native;
}

Answer answer(const Question& q)
{
    const Switches& switches = q.switches;
    if (switches.html502) {
        return plain_text(502, "text/html",
                          "<html><head><title>502 Bad Gateway</title></head>"
                          "<body><h1>502 Bad Gateway</h1></body></html>");
    }
    if (switches.plain404) {
        return plain_text(404, "text/plain", "404 page not found");
    }
    if (switches.error && !switches.event_error) {
        return error_answer(dialect_of(q.path), *switches.error, switches.status, q.id,
                            switches.big);
    }
    if (switches.status && *switches.status >= 400) {
        return error_answer(dialect_of(q.path), code_of_status(*switches.status), switches.status,
                            q.id, switches.big);
    }
    Answer result = by_path(q);
    result.status = switches.status.value_or(result.status);
    return result;
}

std::string cat(std::initializer_list<std::string_view> parts)
{
    std::size_t size = 0;
    for (const std::string_view part : parts) {
        size += part.size();
    }
    std::string result;
    result.reserve(size);
    for (const std::string_view part : parts) {
        result += part;
    }
    return result;
}

std::string json_text(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string padding(const Switches& switches)
{
    return std::string(switches.big, 'x');
}

Figures chat_figures(const Switches& s)
{
    return {s.prompt.value_or(120), s.completion.value_or(30), s.cached.value_or(100), 25};
}

Figures anthropic_figures(const Switches& s, std::uint64_t output)
{
    return {s.prompt.value_or(20), s.completion.value_or(output), s.cached.value_or(128), 0};
}

std::string chat_usage(const Question& q)
{
    if (q.switches.zero_usage && !q.ask.stream) {
        return std::string(zero_usage);
    }
    const Figures f = chat_figures(q.switches);
    const std::string cached = std::to_string(f.cached);
    const std::string details =
        q.ask.cache_control
            ? cat({R"("cache_read_input_tokens":0,"cache_creation_input_tokens":)", cached})
            : cat({R"("cached_tokens":)", cached});
    return cat({R"({"total_tokens":)", std::to_string(f.prompt + f.completion),
                R"(,"total_characters":0,"prompt_tokens":)", std::to_string(f.prompt),
                R"(,"completion_tokens":)", std::to_string(f.completion),
                R"(,"completion_tokens_details":{"reasoning_tokens":)", std::to_string(f.reasoning),
                R"(},"prompt_tokens_details":{)", details, "}}"});
}

std::string anthropic_usage(const Figures& f)
{
    return cat({R"({"input_tokens":)", std::to_string(f.prompt), R"(,"output_tokens":)",
                std::to_string(f.completion),
                R"(,"cache_creation_input_tokens":0,"cache_read_input_tokens":)",
                std::to_string(f.cached), R"(,"service_tier":"standard"})"});
}

}  // namespace upstream
