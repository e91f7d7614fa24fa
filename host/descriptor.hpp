#pragma once

// A file descriptor that is closed when it goes.

#include <unistd.h>

#include <utility>

namespace mmx {

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}  // negative: none
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor()
    {
        if (is_open()) {
            ::close(number_);
        }
    }

    int number() const noexcept { return number_; }
    bool is_open() const noexcept { return number_ >= 0; }

private:
    int number_;
};

}  // namespace mmx
