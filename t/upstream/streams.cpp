// The streams of answers.hpp, event by event in MiniMax's own order.

#include "answers.hpp"
#include "errors.hpp"

namespace upstream {

namespace {

constexpr std::size_t padding_per_event = 4096;

class Events {
public:
    explicit Events(const Switches& switches)
        : end_(switches.crlf ? "\r\n" : "\n"), colon_(switches.nospace ? ":" : ": ")
    {
    }

    void data(std::string_view json) { list_.push_back(cat({"data", colon_, json, end_, end_})); }

    void event(std::string_view name, std::string_view json)
    {
        list_.push_back(cat({"event", colon_, name, end_, "data", colon_, json, end_, end_}));
    }

    std::vector<std::string> take() { return std::move(list_); }

private:
    std::string_view end_, colon_;
    std::vector<std::string> list_;
};

// The text of a stream's answer in `frames` pieces and more for the padding; the first piece ends
// inside the thinking, and the last carries characters of three bytes.
std::vector<std::string> text_pieces(const Switches& switches)
{
    std::vector<std::string> pieces{R"(<think>\nThe)", R"( plan\n</think>\n\nHel)"};
    for (std::uint64_t i = 3; i < switches.frames; i++) {
        pieces.emplace_back("l");
    }
    for (std::uint64_t left = switches.big; left > 0;) {
        const std::uint64_t size = left < padding_per_event ? left : padding_per_event;
        pieces.emplace_back(size, 'x');
        left -= size;
    }
    pieces.emplace_back("lo, 世界.");
    return pieces;
}

class ChatChunks {
public:
    ChatChunks(const Question& q, Events& events) : q_(q), events_(events) {}

    void delta(std::string_view text, bool last)
    {
        const std::string_view role = q_.switches.zero_usage ? "" : "assistant";
        events_.data(
            cat({R"({"id":")", q_.id, R"(","choices":[{)", last ? R"("finish_reason":"stop",)" : "",
                 R"("index":0,"delta":{)", R"("content":")", text, R"(","role":")", role,
                 R"(","name":"MiniMax AI","audio_content":""}}],)", head_,
                 R"("object":"chat.completion.chunk",)", no_usage_yet(), sensitive, "}"}));
    }

    // The chunk that carries usage: no choices, or in a reseller's variant an empty delta.
    void usage()
    {
        const bool on_delta = q_.switches.usage_on_delta;
        events_.data(cat({R"({"id":")", q_.id, R"(","choices":[)",
                          on_delta ? R"({"index":0,"delta":{}})" : "", "],", head_,
                          R"("object":"chat.completion.chunk","usage":)", chat_usage(q_), ",",
                          ok_resp, "}"}));
    }

    // The native path's last event: the whole answer again, as a message and not a delta.
    void summary()
    {
        events_.data(
            cat({R"({"id":")", q_.id, R"(","choices":[{"finish_reason":"stop","index":0,)",
                 R"("message":{"content":"Hello, 世界.","role":"assistant",)",
                 R"("name":"MiniMax AI","audio_content":"","reasoning_content":"plan"}}],)", head_,
                 R"("object":"chat.completion",)",
                 q_.switches.no_usage ? "" : cat({R"("usage":)", chat_usage(q_), ","}), sensitive,
                 ",", ok_resp, "}"}));
    }

private:
    std::string no_usage_yet() const
    {
        return q_.switches.zero_usage ? cat({R"("usage":)", zero_usage, ","}) : R"("usage":null,)";
    }

    const Question& q_;
    Events& events_;
    const std::string head_ =
        cat({R"("created":1790000000,"model":)", json_text(q_.ask.model), ","});
};

std::string anthropic_start_usage(const Question& q, const Figures& f)
{
    switch (q.switches.start_usage) {
    case StartUsage::whole: return anthropic_usage({0, 0, f.prompt + f.cached, 0});
    case StartUsage::zeros: return anthropic_usage({0, 0, 0, 0});
    case StartUsage::none:
        return R"({"input_tokens":0,"output_tokens":0,"service_tier":"standard"})";
    }
    return {};
}

void anthropic_block(Events& events, int index, std::string_view type, std::string_view field,
                     const std::vector<std::string>& pieces)
{
    const std::string number = std::to_string(index);
    events.event("content_block_start",
                 cat({R"({"type":"content_block_start","index":)", number,
                      R"(,"content_block":{"type":")", type, "\",\"", field, R"(":""}})"}));
    for (const std::string& piece : pieces) {
        events.event("content_block_delta", cat({R"({"type":"content_block_delta","index":)",
                                                 number, R"(,"delta":{"type":")", type,
                                                 R"(_delta",")", field, "\":\"", piece, R"("}})"}));
    }
    if (type == "thinking") {
        events.event("content_block_delta",
                     cat({R"({"type":"content_block_delta","index":)", number,
                          R"(,"delta":{"type":"signature_delta","signature":"00ff"}})"}));
    }
    events.event("content_block_stop",
                 cat({R"({"type":"content_block_stop","index":)", number, "}"}));
}

}  // namespace

std::vector<std::string> chat_events(const Question& q, bool native)
{
    Events events(q.switches);
    ChatChunks chunks(q, events);
    const std::vector<std::string> pieces = text_pieces(q.switches);
    for (std::size_t i = 0; i < pieces.size(); i++) {
        chunks.delta(pieces[i], i + 1 == pieces.size());
    }
    if (native || q.switches.summary) {
        chunks.summary();
    } else if (q.ask.include_usage && !q.switches.no_usage) {
        chunks.usage();
    }
    if (!native && !q.switches.no_done) {
        events.data("[DONE]");
    }
    return events.take();
}

std::vector<std::string> anthropic_events(const Question& q)
{
    Events events(q.switches);
    const Figures figures = anthropic_figures(q.switches, 9);
    const std::string start_usage =
        q.switches.no_usage ? "" : cat({R"(,"usage":)", anthropic_start_usage(q, figures)});
    events.event("message_start",
                 cat({R"({"type":"message_start","message":{"id":")", q.id,
                      R"(","type":"message","role":"assistant","content":[],"model":)",
                      json_text(q.ask.model), R"(,"stop_reason":null,"stop_sequence":null)",
                      start_usage, "}}"}));
    events.event("ping", R"({"type":"ping"})");
    anthropic_block(events, 0, "thinking", "thinking", {"plan"});
    if (q.switches.event_error) {
        events.event("error", anthropic_error_body(q.switches.error.value_or(2064), q.id));
        return events.take();
    }
    anthropic_block(events, 1, "text", "text", text_pieces(q.switches));
    if (!q.switches.no_message_delta) {
        const std::string usage =
            q.switches.no_usage ? "" : cat({R"(,"usage":)", anthropic_usage(figures)});
        events.event(
            "message_delta",
            cat({R"({"type":"message_delta","delta":{"stop_reason":"end_turn"})", usage, "}"}));
        events.event("message_stop", R"({"type":"message_stop"})");
    }
    return events.take();
}

std::string responses_object(const Question& q, std::string_view status, bool whole)
{
    const Figures f{q.switches.prompt.value_or(8), q.switches.completion.value_or(3),
                    q.switches.cached.value_or(0), 0};
    const std::string output =
        whole ? cat({R"([{"id":"r1_msg","type":"message","status":"completed",)",
                     R"("role":"assistant","content":[{"type":"output_text","text":"Hello.)",
                     padding(q.switches), R"(","annotations":[]}]}],"output_text":"Hello.")"})
              : "[]";
    const std::string usage =
        cat({R"(,"usage":{"input_tokens":)", std::to_string(f.prompt),
             R"(,"input_tokens_details":{"cached_tokens":)", std::to_string(f.cached),
             R"(},"output_tokens":)", std::to_string(f.completion),
             R"(,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":)",
             std::to_string(f.prompt + f.completion), "}"});
    return cat({R"({"id":")", q.id, R"(","object":"response","created_at":1790000000,"model":)",
                json_text(q.ask.model), R"(,"status":")", status, R"(","output":)", output,
                whole && !q.switches.no_usage ? usage : "",
                R"(,"parallel_tool_calls":true,"store":false,"truncation":"disabled")"});
}

std::vector<std::string> responses_events(const Question& q)
{
    Events events(q.switches);
    const auto whole = [&](std::string_view type, std::string_view status, bool done) {
        events.event(type, cat({R"({"type":")", type, R"(","response":)",
                                responses_object(q, status, done), "}}"}));
    };
    const auto part = [&](std::string_view type, std::string_view rest) {
        events.event(type, cat({R"({"type":")", type, R"(","item_id":"r1_msg","output_index":0,)",
                                rest, "}"}));
    };
    whole("response.created", "in_progress", false);
    whole("response.in_progress", "in_progress", false);
    part("response.output_item.added",
         R"("item":{"id":"r1_msg","type":"message","status":"in_progress","role":"assistant",)"
         R"("content":[]})");
    part("response.content_part.added",
         R"("content_index":0,"part":{"type":"output_text","text":"","annotations":[]})");
    for (const std::string& piece : text_pieces(q.switches)) {
        part("response.output_text.delta", cat({R"("content_index":0,"delta":")", piece, "\""}));
    }
    part("response.output_text.done", R"("content_index":0,"text":"Hello.")");
    part("response.output_item.done",
         R"("item":{"id":"r1_msg","type":"message","status":"completed","role":"assistant",)"
         R"("content":[{"type":"output_text","text":"Hello.","annotations":[]}]})");
    whole("response.completed", "completed", true);
    return events.take();
}

std::string speech_extra_info()
{
    return R"("extra_info":{"audio_length":900,"audio_sample_rate":32000,"audio_size":14000,)"
           R"("bitrate":128000,"audio_format":"mp3","audio_channel":1,)"
           R"("invisible_character_ratio":0,"usage_characters":12,"word_count":2})";
}

std::vector<std::string> speech_events(const Question& q)
{
    Events events(q.switches);
    for (std::uint64_t i = 1; i < q.switches.frames; i++) {
        events.data(cat({R"({"data":{"audio":"4944","status":1},"trace_id":")", q.id, "\",",
                         success_resp, "}"}));
    }
    events.data(cat({R"({"data":{"audio":"49444944)", padding(q.switches), R"(","status":2},)",
                     speech_extra_info(), R"(,"trace_id":")", q.id, "\",", success_resp, "}"}));
    return events.take();
}

}  // namespace upstream
