#pragma once

// What a reader costs as its input grows: for each reader of bytes that strangers send, twice the
// bytes may take at most three times as long. A quadratic one takes four times, and does so again
// at the next doubling.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mmx::growth {

// size bytes, made of the text over and over: `begin`, as many of `piece` as fit, `end`. What
// stands as `#` in the piece becomes the piece's number, so that no two are the same.
struct Shape {
    std::string_view name, begin, piece, end;
};

std::string text_of(const Shape& shape, std::size_t size);

// Empty, or what was found: times and sizes. Processor time of this thread, the least of several
// runs; the sizes grow until a run takes long enough to be measured, or to size_max, at which a
// reader that has a bound of its own is done at once.
std::string fault_of(const std::function<void(std::string_view)>& read, const Shape& shape);

}  // namespace mmx::growth
