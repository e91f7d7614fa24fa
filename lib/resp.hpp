#pragma once

// RESP2, the protocol of Redis (https://redis.io/docs/reference/protocol-spec): commands out,
// replies in. No I/O: the module moves the bytes, and tests and fuzzers need no socket. (The daemon
// waits for its replies, and has hiredis do both.)
//
// Framing is hiredis' reader; its replies land in one flat, reused Reply, so that reading the
// answer to a commit allocates nothing.

#include <hiredis/read.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mmx::resp {

inline constexpr std::size_t elements_max = 2050;     // of an array; none nested
inline constexpr std::size_t unread_max = 64 * 1024;  // bytes of a reply, complete or not

// Appends one command to out, in the form Redis calls an array of bulk strings.
void append_command(std::string& out, std::span<const std::string_view> words);
void append_command(std::string& out, std::initializer_list<std::string_view> words);

enum class Type : std::uint8_t { nil, integer, string, status, error, array };

struct Element {
    Type type = Type::nil;
    std::int64_t integer = 0;
    std::string_view text;  // of a string, status or error
};

// One reply. Valid until the reader is used again.
class Reply {
public:
    Type type() const noexcept { return type_; }

    // The elements of an array; for every other type, the one value.
    std::span<const Element> elements() const noexcept { return {elements_.data(), count_}; }

    // The text of an error reply, else nothing.
    std::string_view error() const noexcept;

    // Element i as text or number, whichever way Redis sent it; empty, or 0, when it is neither.
    std::string_view text(std::size_t i) const noexcept;
    std::int64_t integer(std::size_t i) const noexcept;

private:
    friend class Reader;
    Type type_ = Type::nil;
    std::size_t count_ = 0;
    std::array<Element, elements_max> elements_;
};

// Reassembles replies from a byte stream. Once broken() it stays broken: drop the connection.
class Reader {
public:
    Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void feed(std::string_view bytes) noexcept;

    // The next complete reply, or null when more bytes are needed or the stream is broken().
    const Reply* next() noexcept;

    bool broken() const noexcept;
    const char* error() const noexcept;

private:
    struct Free {
        void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
    };
    struct Build;  // hiredis' callbacks

    std::unique_ptr<redisReader, Free> reader_;
    Reply reply_;
    // Copies of the reply's texts: hiredis moves its own buffer before the reply is handed out.
    std::string texts_;
    std::array<std::size_t, elements_max> offsets_{};
    bool delivered_ = false;  // the reply is the caller's until the next call of next()
    bool too_long_ = false;
};

}  // namespace mmx::resp
