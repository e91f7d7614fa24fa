#pragma once

// What MiniMax would answer: payloads by path, whole or as a stream. Knows no sockets and no HTTP
// framing; `script.hpp` turns an answer into bytes.

#include <string>
#include <string_view>
#include <vector>

#include "ask.hpp"
#include "switches.hpp"

namespace upstream {

enum class Dialect { openai, anthropic, native };

struct Answer {
    unsigned status = 200;
    std::string type = "application/json; charset=utf-8";
    std::vector<std::string> frames;  // the body: one piece, or a stream's events
    bool stream = false;
    bool reached_model = false;  // such answers carry two headers more
};

struct Figures {  // of one answer's usage
    std::uint64_t prompt, completion, cached, reasoning;
};

struct Question {
    std::string_view method, path, query;
    Ask ask;
    const Switches& switches;
    std::string_view id;  // 32 hex digits, also sent as Trace-Id
};

Dialect dialect_of(std::string_view path);

Answer answer(const Question& question);

// The events of a stream, by path; answer() calls it when the body says "stream": true.
std::vector<std::string> chat_events(const Question& question, bool native);
std::vector<std::string> anthropic_events(const Question& question);
std::vector<std::string> responses_events(const Question& question);
std::vector<std::string> speech_events(const Question& question);

// Pieces both files build payloads from.
std::string cat(std::initializer_list<std::string_view> parts);
std::string json_text(std::string_view text);  // as a JSON string
std::string padding(const Switches& switches);
Figures chat_figures(const Switches& switches);
Figures anthropic_figures(const Switches& switches, std::uint64_t output);
std::string chat_usage(const Question& question);
std::string anthropic_usage(const Figures& figures);
std::string responses_object(const Question& question, std::string_view status, bool whole);
std::string speech_extra_info();

inline constexpr std::string_view ok_resp = R"("base_resp":{"status_code":0,"status_msg":""})";
inline constexpr std::string_view success_resp =
    R"("base_resp":{"status_code":0,"status_msg":"success"})";
inline constexpr std::string_view sensitive =
    R"("input_sensitive":false,"output_sensitive":false,"input_sensitive_type":0,)"
    R"("output_sensitive_type":0,"output_sensitive_int":0)";
inline constexpr std::string_view zero_usage = R"({"total_tokens":0,"total_characters":0})";

}  // namespace upstream
