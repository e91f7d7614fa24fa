#include "host/secret_text.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

#include "lib/seal.hpp"

namespace mmx {
namespace {

void wipe_bytes(char* bytes, std::size_t count) noexcept
{
    wipe(std::span(reinterpret_cast<std::uint8_t*>(bytes), count));
}

}  // namespace

SecretText SecretText::adopt(std::string& text)
{
    const WipedAtEnd wiped(text);
    return SecretText(std::string_view(text));
}

SecretText SecretText::adopt(void* allocated, std::size_t size)
{
    SecretText secret(std::string_view(static_cast<const char*>(allocated), size));
    OPENSSL_cleanse(allocated, size);
    std::free(allocated);
    return secret;
}

SecretText::SecretText(SecretText&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0))
{
}

SecretText& SecretText::operator=(SecretText&& other) noexcept
{
    if (this != &other) {
        clear();
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
}

void SecretText::append(std::string_view more)
{
    if (more.empty()) {
        return;
    }
    if (size_ + more.size() > capacity_) {
        grow(std::max(size_ + more.size(), 2 * capacity_));
    }
    std::copy(more.begin(), more.end(), bytes_.get() + size_);
    size_ += more.size();
    bytes_[size_] = '\0';
}

void SecretText::truncate(std::size_t size) noexcept
{
    if (bytes_ && size < size_) {
        wipe_bytes(bytes_.get() + size, size_ - size);
        size_ = size;
        bytes_[size_] = '\0';
    }
}

void SecretText::clear() noexcept
{
    if (bytes_) {
        wipe_bytes(bytes_.get(), capacity_);
        bytes_.reset();
    }
    size_ = capacity_ = 0;
}

void SecretText::grow(std::size_t capacity)
{
    auto larger = std::make_unique<char[]>(capacity + 1);
    std::copy_n(data(), size_, larger.get());
    const std::size_t size = size_;
    clear();
    bytes_ = std::move(larger);
    size_ = size;
    capacity_ = capacity;
}

WipedAtEnd::~WipedAtEnd()
{
    wipe(text_);
}

}  // namespace mmx
