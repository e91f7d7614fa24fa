// A secret in pieces: found at every border before its last byte is out, and nothing else changed.

#include "lib/passage/echo.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mmx {
namespace {

struct Passed {
    std::string text;
    bool found = false;
};

Passed pass(std::string_view secret, const std::vector<std::string>& pieces)
{
    Passed out;
    std::size_t held = 0;
    for (const std::string& piece : pieces) {
        const EchoStep step = look_for(secret, held, piece);
        if (step.found) {
            out.found = true;
            return out;
        }
        EXPECT_LT(step.held, secret.size());
        out.text.append(secret.substr(0, step.freed));
        out.text.append(piece, 0, piece.size() - step.kept);
        held = step.held;
    }
    out.text.append(secret.substr(0, held));  // the end: it was no more than a beginning
    return out;
}

std::vector<std::string> cut(const std::string& text, std::size_t first, std::size_t second)
{
    return {text.substr(0, first), text.substr(first, second - first), text.substr(second)};
}

TEST(LookFor, FindsASecretAcrossAnyTwoBorders)
{
    for (const std::string secret : {"sk-api-sk-apx", "sk-api-sk-apo", "sk-aQi-sk-apx"}) {
        const std::string text = "data: sk-sk-api-" + secret + " sk-api\n\n";
        for (std::size_t i = 0; i <= text.size(); ++i) {
            for (std::size_t j = i; j <= text.size(); ++j) {
                const Passed out = pass(secret, cut(text, i, j));
                EXPECT_TRUE(out.found);
                EXPECT_EQ(out.text.find(secret), std::string::npos);
                EXPECT_LE(out.text.size(), text.find(secret)) << "a part of it has left";
            }
        }
    }
}

TEST(LookFor, ChangesNothingElse)
{
    const std::string secret = "aab-aab-c", text = "aab-aab-aab-aaab-aab-aab-xaab-aab-";
    for (std::size_t i = 0; i <= text.size(); ++i) {
        for (std::size_t j = i; j <= text.size(); ++j) {
            const Passed out = pass(secret, cut(text, i, j));
            EXPECT_FALSE(out.found);
            EXPECT_EQ(out.text, text);
        }
    }
}

TEST(LookFor, AgreesWithASearchOfTheWhole)
{
    std::mt19937 random(5);
    for (int round = 0; round < 20000; ++round) {
        // The search goes by letters that are rare: among none, by some, all of them.
        constexpr std::array<std::string_view, 3> alphabets = {"abc", "aqc", "zqx"};
        const std::string_view letters = alphabets[random() % alphabets.size()];
        std::string secret(1 + random() % 6, 'a'), whole;
        for (char& c : secret) {
            c = letters[random() % 2];
        }
        std::vector<std::string> pieces(1 + random() % 8);
        for (std::string& piece : pieces) {
            for (unsigned n = random() % 5; n > 0; --n) {
                piece += letters[random() % 3];
            }
            whole += piece;
        }
        const Passed out = pass(secret, pieces);
        EXPECT_EQ(out.found, whole.find(secret) != whole.npos) << secret << " in " << whole;
        if (!out.found) {
            EXPECT_EQ(out.text, whole);
        }
    }
}

}  // namespace
}  // namespace mmx
