#pragma once

// A value, or why there is none: the one way in which whatever parses or reads says what is wrong.
//
//     Result<Networks> networks = Networks::parse(text);
//     if (!networks) {
//         throw Error(ErrorCode::invalid_argument, networks.fault());
//     }
//
// As C++23's std::expected<T, std::string>, of which it has what is needed.

#include <string>
#include <utility>
#include <variant>

namespace mmx {

// Why there is no value: a sentence without a full stop, which never holds a secret.
struct Fault {
    std::string why;
};

template <class T>
class [[nodiscard]] Result {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a function returns the one or the other
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Fault fault) : content_(std::in_place_index<1>, std::move(fault)) {}

    bool has_value() const noexcept { return content_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // Only when there is a value.
    T& operator*() noexcept { return *std::get_if<0>(&content_); }
    const T& operator*() const noexcept { return *std::get_if<0>(&content_); }
    T* operator->() noexcept { return std::get_if<0>(&content_); }
    const T* operator->() const noexcept { return std::get_if<0>(&content_); }

    // Only when there is none.
    const std::string& fault() const noexcept { return std::get_if<1>(&content_)->why; }

private:
    std::variant<T, Fault> content_;
};

}  // namespace mmx
