// Sealed values from Redis: the first line is the field. No value but one sealed under the key
// opens, and there is one spelling of each.

#include "fuzz.hpp"
#include "lib/seal.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const mmx::SubKey key{7};
    std::string_view input = mmx::fuzz::text(data, size);
    const std::string_view field = mmx::fuzz::take_line(input);

    // The key is known to the fuzzer's corpus, so a seed opens; what opens must be what was sealed.
    if (const auto plaintext = mmx::unseal(key, input, field)) {
        mmx::SealNonce nonce{};
        const auto again = mmx::seal(key, *plaintext, field, nonce);
        mmx::fuzz::check(again && again->size() == input.size(), "another spelling opens");
    }

    const auto sealed = mmx::seal(key, input, field, mmx::SealNonce{9});
    mmx::fuzz::check(sealed && mmx::unseal(key, *sealed, field) == input, "sealed and lost");
    mmx::fuzz::check(!mmx::unseal(key, *sealed, std::string(field) + "x"), "opens elsewhere");
    if (size > 0) {
        std::string altered = *sealed;
        const std::size_t at = data[0] * altered.size() / 256;
        altered[at] = static_cast<char>(altered[at] ^ (1 << data[size - 1] % 8));
        mmx::fuzz::check(!mmx::unseal(key, altered, field), "opens altered");
    }
    return 0;
}
