#pragma once

// The dice of one run: what they show follows from the seed alone.

#include <cmath>
#include <cstdint>
#include <string>

namespace mmx::simulation {

class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    // splitmix64
    std::uint64_t next() noexcept
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::int64_t below(std::int64_t end) noexcept
    {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(end));
    }
    std::int64_t between(std::int64_t least, std::int64_t most) noexcept
    {
        return least + below(most - least + 1);
    }
    bool chance(int percent) noexcept { return below(100) < percent; }

    // Between the two, every order of magnitude as likely as any other.
    std::int64_t spread(std::int64_t least, std::int64_t most) noexcept
    {
        const double part = static_cast<double>(next() >> 11) * 0x1p-53;
        const double factor = static_cast<double>(most) / static_cast<double>(least);
        return static_cast<std::int64_t>(static_cast<double>(least) * std::pow(factor, part));
    }

    std::string hex(std::size_t digits)
    {
        std::string text;
        while (text.size() < digits) {
            text += "0123456789abcdef"[below(16)];
        }
        return text;
    }

private:
    std::uint64_t state_;
};

}  // namespace mmx::simulation
