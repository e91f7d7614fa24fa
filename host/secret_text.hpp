#pragma once

// A secret as text: a password, a gateway key, the master key, a token. It is wiped when it goes,
// and wherever it has been: a std::string would leave its bytes behind when it grows, when it is
// moved from while it is short, and when something throws before a wipe by hand.
//
//     Result<SecretText> password = read_password_file(path);
//     if (password) {
//         SecretText mine = std::move(*password);   // moved, never copied by accident
//         hasher.hash(mine.view());
//     }
//
// Move-only; copy() says so. What a view of it is copied into is the copier's to look after.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mmx {

class SecretText {
public:
    SecretText() noexcept = default;
    explicit SecretText(std::string_view text) { append(text); }

    // Takes the text over from a std::string, which is wiped and empty afterwards.
    static SecretText adopt(std::string& text);
    static SecretText adopt(std::string&& text) { return adopt(text); }
    // The same of what a C library gave us by malloc(): wiped, and freed.
    static SecretText adopt(void* allocated, std::size_t size);

    SecretText(SecretText&& other) noexcept;
    SecretText& operator=(SecretText&& other) noexcept;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { clear(); }

    SecretText copy() const { return SecretText(view()); }

    std::string_view view() const noexcept { return {data(), size_}; }
    const char* c_str() const noexcept { return data(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void append(std::string_view more);  // which must not lie in this text
    // Cuts it off behind the first size bytes, of which there must be as many.
    void truncate(std::size_t size) noexcept;
    void clear() noexcept;

    friend bool operator==(const SecretText& a, std::string_view b) noexcept
    {
        return a.view() == b;
    }

private:
    const char* data() const noexcept { return bytes_ ? bytes_.get() : ""; }
    void grow(std::size_t capacity);

    std::unique_ptr<char[]> bytes_;  // capacity_ and a closing zero; null while nothing was held
    std::size_t size_ = 0, capacity_ = 0;
};

// For a secret that must be a std::string, since a library wants one: it is wiped when this goes.
class WipedAtEnd {
public:
    explicit WipedAtEnd(std::string& text) noexcept : text_(text) {}
    ~WipedAtEnd();
    WipedAtEnd(const WipedAtEnd&) = delete;
    WipedAtEnd& operator=(const WipedAtEnd&) = delete;

private:
    std::string& text_;
};

}  // namespace mmx
