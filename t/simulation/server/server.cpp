#include "server/server.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "lib/scripts/scripts.hpp"

namespace mmx::simulation {
namespace {

struct Mutation {
    std::string_view name, script, from, to;
};

// A rule each that is left out: a run must notice. What alters the module instead is built as a
// program of its own: see CMakeLists.txt.
constexpr Mutation mutations[] = {
    {"no_memory", "commit", "if last and last >= sequence then", "if false then"},
    {"late_runs", "commit", "if last and last >= sequence then",
     "if last and string.sub(last, 1, 16) == sequence then"},
    {"repeat_leaves_no_memory", "commit", "or settles or again then", "or settles then"},
    {"off_by_one", "commit", "if day_limit > 0 and granted > day_limit - day_count then",
     "if day_limit > 0 and granted > day_limit - day_count + 1 then"},
    {"no_month", "commit", "if month_limit > 0 and asked > month_limit - month_count then",
     "if false then"},
    {"disabled_passes", "commit", "if state ~= 'active' then", "if false then"},
    {"day_forgets", "commit", "if turns then\n", "if false then\n"},
    {"rotated_counts", "commit", "if state == 'rotated' then", "if false then"},
    {"lends_beyond_the_limit", "commit",
     "math.floor((day_limit - day_count - asked) / credit_share) - out)", "ask)"},
    {"refuses_while_credit_is_out", "commit", "if status ~= 0 and out > 0 and asked > granted then",
     "if false then"},
    {"nothing_is_out", "commit", "out, loan = out + lent, loan + 1", "loan = loan + 1"},
    {"back_is_forgotten", "commit", "if back > 0 then", "if false then"},
    {"written_off_is_returned", "commit", "out, floor = 0, loan",
     "day_count = math.max(day_count - out, 0) out, floor = 0, loan"},
    {"written_off_is_closed", "commit", "its_loan + 0 > floor", "true"},
    {"written_off_is_told", "total", "its_loan + 0 > floor + 0", "true"},
    {"nobody_is_recalled", "recall", "for _, id in ipairs(ARGV) do", "for _, id in ipairs({}) do"},
    {"total_twice", "total", "if last and last >= sequence then", "if false then"},
};

std::string mutated(std::string_view mutation, std::string_view script, std::string_view text)
{
    std::string altered(text);
    for (const Mutation& one : mutations) {
        if (one.name != mutation || one.script != script) {
            continue;
        }
        const std::size_t at = altered.find(one.from);
        if (at == altered.npos || altered.find(one.from, at + 1) != altered.npos) {
            throw std::runtime_error("what " + std::string(mutation) + " alters is not there once");
        }
        altered.replace(at, one.from.size(), one.to);
    }
    return altered;
}

std::string sha1(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 20> digest;
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

}  // namespace

std::vector<std::string_view> script_mutations()
{
    std::vector<std::string_view> names;
    for (const Mutation& one : mutations) {
        names.push_back(one.name);
    }
    return names;
}

Scripts::Scripts(std::string_view mutation)
{
    bool known = mutation.empty();
    for (const Mutation& one : mutations) {
        known = known || one.name == mutation;
    }
    if (!known) {
        throw std::runtime_error("no mutation is called " + std::string(mutation));
    }
    lua_.load("commit", mutated(mutation, "commit", scripts::commit));
    lua_.load("total", mutated(mutation, "total", scripts::total));
    lua_.load("rotate", mutated(mutation, "rotate", scripts::rotate));
    lua_.load("recall", mutated(mutation, "recall", scripts::recall));
    for (auto [form, text] :
         {std::pair{&forms_.commit, scripts::commit}, std::pair{&forms_.total, scripts::total},
          std::pair{&forms_.recall, scripts::recall}}) {
        form->text = std::string(scripts::allow_oom).append(text);
        form->sha = sha1(form->text);
    }
}

Reply Server::run(Words words)
{
    if (words[0] == "EVALSHA" || words[0] == "EVAL") {
        return evaluate(words);
    }
    if (words[0] == "SCRIPT") {
        return load(words[2]);
    }
    return database.call(words);
}

Server::Script Server::script(std::string_view said) const
{
    const gate::RedisHandshake::Scripts& forms = scripts_.forms();
    const std::array all = {&forms.commit, &forms.total, &forms.recall};
    const auto found = std::ranges::find_if(
        all, [&](const auto* form) { return said == form->sha || said == form->text; });
    return static_cast<Script>(found - all.begin());
}

Reply Server::load(std::string_view text)
{
    const Script loaded = script(text);
    if (loaded == scripts_count) {
        return Reply::error("ERR unknown script");
    }
    known_[loaded] = true;
    return Reply::bulk("");
}

Reply Server::evaluate(Words words)
{
    if (words[0] == "EVAL") {
        load(words[1]);
    }
    const Script called = script(words[1]);
    if (called == scripts_count || !known_[called]) {
        return Reply::error("NOSCRIPT No matching script. Please use EVAL.");
    }
    std::size_t count = 0;
    std::from_chars(words[2].data(), words[2].data() + words[2].size(), count);
    const Words keys = words.subspan(3, count), arguments = words.subspan(3 + count);
    if (called == recall) {
        return run_script("recall", keys, arguments);
    }
    if (called == total) {
        Reply reply = run_script("total", keys, arguments);
        after_total(keys, arguments, reply);
        return reply;
    }
    before_commit(keys, arguments);
    Reply reply = run_script("commit", keys, arguments);
    after_commit(keys, arguments, reply);
    return reply;
}

}  // namespace mmx::simulation
