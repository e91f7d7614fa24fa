// The chat requests of a run: one text for each key of a file, drawn at random. Of n keys the k-th
// is drawn with a weight of 1/k^exponent: all alike with 0, by Zipf's law above it. The same seed
// draws the same.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace bench {

class Requests {
public:
    // Options: --keys FILE --exponent X --seed N --path PATH.
    // headers: further lines; fields: of the body, `,"stream":true`.
    Requests(const Options& options, std::string_view headers, std::string_view fields);

    const std::string& draw() { return texts_[index_(random_)]; }

private:
    std::vector<std::string> texts_;
    std::mt19937_64 random_;
    std::discrete_distribution<std::size_t> index_;
};

}  // namespace bench
