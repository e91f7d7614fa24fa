#include "growth.hpp"

#include <algorithm>
#include <ctime>

namespace mmx::growth {
namespace {

constexpr std::size_t size_min = 4 * 1024, size_max = 256 * 1024;
constexpr double measurable = 5e-4;  // seconds
constexpr double times_max = 3.0;
constexpr int runs = 3, trials = 5;

double seconds_now()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds_of(const std::function<void(std::string_view)>& read, std::string_view text)
{
    double least = 1e9;
    for (int run = 0; run < runs; ++run) {
        const double begin = seconds_now();
        read(text);
        least = std::min(least, seconds_now() - begin);
    }
    return least;
}

}  // namespace

std::string text_of(const Shape& shape, std::size_t size)
{
    std::string text(shape.begin);
    for (std::size_t number = 0; text.size() + shape.end.size() < size; ++number) {
        for (const char c : shape.piece) {
            text += c == '#' ? std::to_string(number) : std::string(1, c);
        }
    }
    return text.append(shape.end);
}

std::string fault_of(const std::function<void(std::string_view)>& read, const Shape& shape)
{
    std::size_t size = size_min;
    while (size < size_max && seconds_of(read, text_of(shape, size)) < measurable) {
        size *= 2;
    }
    const std::string once = text_of(shape, size), twice = text_of(shape, 2 * size),
                      four_times = text_of(shape, 4 * size);
    double first = 0, second = 0, third = 0;
    // Whatever else runs on the machine may disturb a trial, and one doubling may be that from
    // which on memory is asked of the system; that a reader is quadratic, neither hides.
    for (int trial = 0; trial < trials; ++trial) {
        first = seconds_of(read, once);
        second = seconds_of(read, twice);
        third = seconds_of(read, four_times);
        if (second < measurable || second <= times_max * first || third <= times_max * second) {
            return {};
        }
    }
    return std::string(shape.name) + ": " + std::to_string(size) + " bytes take " +
           std::to_string(first * 1e3) + " ms, twice as many " + std::to_string(second * 1e3) +
           ", four times " + std::to_string(third * 1e3);
}

}  // namespace mmx::growth
