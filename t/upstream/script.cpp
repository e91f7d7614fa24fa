#include "script.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/beast/http/status.hpp>
#include <zlib.h>

namespace upstream {

namespace {

std::string hex(std::size_t number)
{
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
    return {digits, end};
}

std::string gzip(const std::string& body)
{
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        throw std::runtime_error("deflateInit2 failed");
    }
    std::string result(deflateBound(&stream, body.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

std::string reason(unsigned status)
{
    const auto known = boost::beast::http::int_to_status(status);
    return std::string(boost::beast::http::obsolete_reason(known));
}

enum class Framing { length, chunked, until_close };

Framing framing_of(const Answer& answer, const Switches& switches, const Circumstances& c)
{
    const bool pieces = answer.stream || switches.split > 0 || switches.cut_chunked;
    if (!pieces) {
        return Framing::length;
    }
    return c.version >= 11 ? Framing::chunked : Framing::until_close;
}

std::string make_head(const Answer& answer, const Switches& switches, const Circumstances& c,
                      Framing framing, std::size_t body_size, bool zipped, bool keep_alive)
{
    std::string head = cat({"HTTP/1.1 ", std::to_string(answer.status), " ", reason(answer.status),
                            "\r\nContent-Type: ", answer.type, "\r\n"});
    if (framing == Framing::chunked) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (framing == Framing::length) {
        head += cat({"Content-Length: ", std::to_string(body_size), "\r\n"});
    }
    head += zipped ? "Content-Encoding: gzip\r\n" : "";
    head += keep_alive ? (c.version == 10 ? "Connection: keep-alive\r\n" : "")
                       : "Connection: close\r\n";
    head += cat({"Vary: Accept-Encoding\r\nTrace-Id: ", c.id, "\r\nMinimax-Request-Id: ", c.id,
                 "\r\nalb_receive_time: 1790000000.000\r\nalb_request_id: ", c.id, "\r\n"});
    if (answer.reached_model) {
        head += cat({"X-Mm-Request-Id: 100_1790000000", c.id.substr(24), "\r\nX-Session-Id: ", c.id,
                     "\r\n"});
    }
    for (const auto& [name, value] : switches.headers) {
        head += cat({name, ": ", value, "\r\n"});
    }
    return head + "\r\n";
}

std::vector<std::string> cut_every(std::string_view text, std::size_t size)
{
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += size) {
        pieces.emplace_back(text.substr(at, size));
    }
    return pieces;
}

std::string join(const std::vector<std::string>& pieces)
{
    std::string text;
    for (const std::string& piece : pieces) {
        text += piece;
    }
    return text;
}

// Steps, with the offset on the wire that each has reached.
class Assembly {
public:
    void write(std::string bytes)
    {
        size_ += bytes.size();
        steps_.push_back({Step::Kind::write, std::move(bytes), {}});
    }

    void pause(std::chrono::milliseconds time)
    {
        if (time.count() > 0) {
            steps_.push_back({Step::Kind::pause, {}, time});
        }
    }

    // Splits the write that holds `offset`; returns where the second part, or the end, stands.
    std::vector<Step>::iterator seam(std::uint64_t offset)
    {
        for (auto step = steps_.begin(); step != steps_.end(); ++step) {
            if (offset < step->bytes.size()) {
                if (offset == 0) {
                    return step;
                }
                Step rest{Step::Kind::write, step->bytes.substr(offset), {}};
                step->bytes.resize(offset);
                return steps_.insert(step + 1, std::move(rest));
            }
            offset -= step->bytes.size();
        }
        return steps_.end();
    }

    void pause_at(std::uint64_t offset, std::chrono::milliseconds time)
    {
        if (time.count() > 0) {
            const auto at = seam(offset);
            steps_.insert(at, {Step::Kind::pause, {}, time});
        }
    }

    void break_at(std::uint64_t offset, Step::Kind kind)
    {
        const auto at = seam(offset);  // first: it may move the end
        steps_.erase(at, steps_.end());
        steps_.push_back({kind, {}, {}});
    }

    void dribble(std::size_t size)
    {
        std::vector<Step> slow;
        for (Step& step : steps_) {
            if (step.kind != Step::Kind::write) {
                slow.push_back(std::move(step));
                continue;
            }
            for (std::string& piece : cut_every(step.bytes, size)) {
                slow.push_back({Step::Kind::write, std::move(piece), {}});
            }
        }
        steps_ = std::move(slow);
    }

    std::uint64_t size() const { return size_; }
    std::vector<Step> take() { return std::move(steps_); }

private:
    std::vector<Step> steps_;
    std::uint64_t size_ = 0;
};

void add_body(Assembly& assembly, std::vector<std::string> frames, const Switches& switches,
              Framing framing)
{
    bool first = true;
    for (std::string& frame : frames) {
        if (!first) {
            assembly.pause(switches.chunk_delay);
        }
        first = false;
        assembly.write(framing == Framing::chunked ? cat({hex(frame.size()), "\r\n", frame, "\r\n"})
                                                   : std::move(frame));
    }
    if (framing == Framing::chunked) {
        assembly.write("0\r\n\r\n");
    }
}

void add_breaks(Assembly& assembly, const Switches& s, std::uint64_t head, Framing framing)
{
    const std::uint64_t mid_body = head + (assembly.size() - head) / 2;
    assembly.pause_at(mid_body, s.stall_mid);
    if (s.reset_before_header) {
        assembly.break_at(0, Step::Kind::reset);
    }
    if (s.reset_mid_header) {
        assembly.break_at(head / 2, Step::Kind::reset);
    }
    if (s.reset_mid_body) {
        assembly.break_at(mid_body, Step::Kind::reset);
    }
    if (s.reset_at) {
        assembly.break_at(*s.reset_at, Step::Kind::reset);
    }
    if (s.close_before_header) {
        assembly.break_at(0, Step::Kind::close);
    }
    if (s.cut_chunked) {  // without the last chunk; without framing, without the last byte
        assembly.break_at(assembly.size() - (framing == Framing::chunked ? 5 : 1),
                          Step::Kind::close);
    }
    if (s.close_at) {
        assembly.break_at(*s.close_at, Step::Kind::close);
    }
}

}  // namespace

Script make_script(Answer answer, const Switches& switches, const Circumstances& c)
{
    const bool zipped =
        switches.gzip == Gzip::force || (switches.gzip == Gzip::accepted && c.accepts_gzip);
    if (zipped) {
        answer.frames = {gzip(join(answer.frames))};
    }
    if (switches.split > 0) {
        answer.frames = cut_every(join(answer.frames), switches.split);
    }
    const Framing framing = framing_of(answer, switches, c);
    Script script;
    script.keep_alive =
        c.keep_alive && !switches.close && !switches.early && framing != Framing::until_close;
    const std::string body = framing == Framing::length ? join(answer.frames) : "";
    std::string head =
        make_head(answer, switches, c, framing, body.size(), zipped, script.keep_alive);

    Assembly assembly;
    assembly.pause(switches.stall_before_header);
    const std::size_t head_size = head.size();
    if (framing == Framing::length && switches.first_byte_delay.count() == 0) {
        assembly.write(head + (c.head ? "" : body));  // one write, as a server with a body sends
    } else {
        assembly.write(std::move(head));
        assembly.pause(switches.first_byte_delay);
        if (!c.head) {
            add_body(assembly, std::move(answer.frames), switches, framing);
        }
    }
    add_breaks(assembly, switches, head_size, framing);
    if (switches.bytes > 0) {
        assembly.dribble(switches.bytes);
    }
    script.steps = assembly.take();
    return script;
}

}  // namespace upstream
