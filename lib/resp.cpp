#include "lib/resp.hpp"

#include <charconv>

namespace mmx::resp {
namespace {

void append_length(std::string& out, char kind, std::size_t length)
{
    std::array<char, 24> text;
    text[0] = kind;
    char* end = std::to_chars(text.data() + 1, text.data() + text.size() - 2, length).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(text.data(), end);
}

Type type_of(int hiredis_type) noexcept
{
    switch (hiredis_type) {
    case REDIS_REPLY_ERROR: return Type::error;
    case REDIS_REPLY_STATUS: return Type::status;
    default: return Type::string;
    }
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words)
{
    append_length(out, '*', words.size());
    for (std::string_view word : words) {
        append_length(out, '$', word.size());
        out += word;
        out += "\r\n";
    }
}

void append_command(std::string& out, std::initializer_list<std::string_view> words)
{
    append_command(out, std::span(words.begin(), words.size()));
}

std::string_view Reply::error() const noexcept
{
    return type_ == Type::error && count_ == 1 ? elements_[0].text : std::string_view{};
}

std::string_view Reply::text(std::size_t i) const noexcept
{
    return i < count_ ? elements_[i].text : std::string_view{};
}

std::int64_t Reply::integer(std::size_t i) const noexcept
{
    if (i >= count_) {
        return 0;
    }
    const Element& element = elements_[i];
    if (element.type == Type::integer) {
        return element.integer;
    }
    std::int64_t value = 0;
    std::string_view text = element.text;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// hiredis calls these as it parses. The object it carries around is the Reply itself; null means
// "out of memory" to it and breaks the reader, which is what a reply beyond the bounds deserves.
struct Reader::Build {
    static Element* slot(const redisReadTask* task) noexcept
    {
        auto& reader = *static_cast<Reader*>(task->privdata);
        Reply& reply = reader.reply_;
        if (task->parent == nullptr) {
            reply.count_ = 1;
            return &reply.elements_[0];
        }
        auto index = static_cast<std::size_t>(task->idx);
        return index < reply.count_ ? &reply.elements_[index] : nullptr;
    }

    static void* done(const redisReadTask* task) noexcept
    {
        return &static_cast<Reader*>(task->privdata)->reply_;
    }

    static void* put(const redisReadTask* task, Type type, std::int64_t integer) noexcept
    {
        Element* element = slot(task);
        if (element == nullptr) {
            return nullptr;
        }
        *element = {.type = type, .integer = integer, .text = {}};
        if (task->parent == nullptr) {
            static_cast<Reader*>(task->privdata)->reply_.type_ = type;
        }
        return done(task);
    }

    static void* string(const redisReadTask* task, char* text, std::size_t length)
    {
        auto& reader = *static_cast<Reader*>(task->privdata);
        if (reader.texts_.size() + length > unread_max ||
            put(task, type_of(task->type), 0) == nullptr) {
            return nullptr;
        }
        // The view is set by next(), once texts_ has stopped growing; until then, its length.
        Element* element = slot(task);
        element->integer = static_cast<std::int64_t>(length);
        reader.offsets_[static_cast<std::size_t>(element - reader.reply_.elements_.data())] =
            reader.texts_.size();
        reader.texts_.append(text, length);
        return done(task);
    }

    static void* array(const redisReadTask* task, std::size_t count) noexcept
    {
        auto& reply = static_cast<Reader*>(task->privdata)->reply_;
        if (task->parent != nullptr || count > elements_max) {
            return nullptr;
        }
        reply.type_ = Type::array;
        reply.count_ = count;
        return done(task);
    }

    static void free(void*) noexcept {}

    // hiredis 0.14 counts elements with int, 1.x with size_t: the lambda takes either.
    static redisReplyObjectFunctions functions() noexcept
    {
        redisReplyObjectFunctions f{};
        f.createString = &string;
        f.createArray = [](const redisReadTask* task, auto count) -> void* {
            return array(task, static_cast<std::size_t>(count));
        };
        f.createInteger = [](const redisReadTask* task, long long value) -> void* {
            return put(task, Type::integer, value);
        };
        f.createNil = [](const redisReadTask* task) -> void* { return put(task, Type::nil, 0); };
        f.freeObject = &free;
        return f;
    }
};

Reader::Reader()
{
    static redisReplyObjectFunctions functions = Build::functions();
    reader_.reset(redisReaderCreateWithFunctions(&functions));
    if (reader_) {
        reader_->privdata = this;
    }
    // All it will ever hold, so that no callback of hiredis, which is C, allocates or throws.
    texts_.reserve(unread_max);
}

void Reader::feed(std::string_view bytes) noexcept
{
    if (reader_ == nullptr) {
        return;
    }
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

const Reply* Reader::next() noexcept
{
    if (broken()) {
        return nullptr;
    }
    if (delivered_) {
        delivered_ = false;
        texts_.clear();
    }

    void* reply = nullptr;
    int rc = redisReaderGetReply(reader_.get(), &reply);
    if (rc != REDIS_OK || reply == nullptr) {
        too_long_ = rc == REDIS_OK && reader_->len - reader_->pos > unread_max;
        return nullptr;
    }

    for (std::size_t i = 0; i < reply_.count_; ++i) {
        Element& element = reply_.elements_[i];
        if (element.type != Type::nil && element.type != Type::integer) {
            element.text = std::string_view(texts_).substr(
                offsets_[i], static_cast<std::size_t>(element.integer));
            element.integer = 0;
        }
    }
    delivered_ = true;
    return &reply_;
}

bool Reader::broken() const noexcept
{
    return reader_ == nullptr || reader_->err != 0 || too_long_;
}

const char* Reader::error() const noexcept
{
    if (reader_ == nullptr) {
        return "out of memory";
    }
    return too_long_ ? "reply too long" : reader_->errstr;
}

}  // namespace mmx::resp
