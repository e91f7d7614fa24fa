#include "redis/user_rights.hpp"

#include <algorithm>

#include "redis/shipped_users.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view reads = "%R~", all_commands = "@all";

bool grants(std::string_view word)
{
    return word.starts_with('+') || word.starts_with('~') || word.starts_with('%') ||
           word.starts_with('&') || word.starts_with('(') || word == "nopass";
}

// One word for what has several.
std::string_view plain(std::string_view word)
{
    constexpr std::string_view reads_and_writes = "%RW~";
    if (word.starts_with(reads_and_writes)) {
        return word.substr(reads_and_writes.size() - 1);
    }
    return word == "allkeys"       ? "~*"
           : word == "allcommands" ? "+@all"
           : word == "allchannels" ? "&*"
                                   : word;
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(plain(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

void add_words(std::string_view text, std::set<std::string>& words)
{
    for (const std::string_view word : words_of(text)) {
        if (grants(word)) {
            words.emplace(word);
        }
    }
}

// In their order, since the later ones take away from the earlier.
void add_commands(std::string_view text, const CategoryMembers& members,
                  std::set<std::string>& words)
{
    for (const std::string_view word : words_of(text)) {
        const bool given = word.starts_with('+');
        const std::string_view name = word.substr(std::min<std::size_t>(1, word.size()));
        std::vector<std::string> named{std::string(name)};
        if (name.starts_with('@') && name != all_commands) {
            named = members(name.substr(1));
        }
        for (const std::string& command : named) {
            given ? void(words.insert("+" + command)) : void(words.erase("+" + command));
        }
    }
}

// A list in Redis 6.2, where each pattern stands without its sign, and one text since 7.
void add_patterns(const Reply& reply, std::string_view sign, std::set<std::string>& words)
{
    add_words(reply.text, words);
    for (const Reply& pattern : reply.elements) {
        words.insert(std::string(sign) + pattern.text);
    }
}

std::string joined(const std::set<std::string>& words)
{
    constexpr std::size_t shown_max = 12;
    std::string text;
    std::size_t shown = 0;
    for (const std::string& word : words) {
        if (++shown > shown_max) {
            return text + " …";
        }
        text.append(text.empty() ? "" : " ").append(word);
    }
    return text;
}

}  // namespace

UserRights rights_of_line(std::string_view line)
{
    UserRights rights;
    add_words(line, rights.words);
    return rights;
}

std::optional<UserRights> rights_of(const Reply& reply, const CategoryMembers& members)
{
    if (reply.elements.empty()) {
        return std::nullopt;
    }
    UserRights rights;
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
        const std::string& about = reply.elements[i].text;
        const Reply& value = reply.elements[i + 1];
        if (about == "flags") {
            for (const Reply& flag : value.elements) {
                rights.is_on = rights.is_on && flag.text != "off";
                add_words(flag.text, rights.words);
            }
        } else if (about == "commands") {
            add_commands(value.text, members, rights.words);
        } else if (about == "keys") {
            add_patterns(value, "~", rights.words);
            rights.tells_reads = value.kind != Reply::Kind::array;
        } else if (about == "channels") {
            add_patterns(value, "&", rights.words);
        } else if (about == "selectors" && !value.elements.empty()) {
            rights.words.insert("(selectors)");
        }
    }
    return rights;
}

UserRights shipped_rights(std::string_view name)
{
    const std::string start = "user " + std::string(name) + " ";
    const std::size_t begin = shipped_users.find(start);
    if (begin == std::string_view::npos) {
        return {};
    }
    return rights_of_line(shipped_users.substr(begin, shipped_users.find('\n', begin) - begin));
}

std::string beyond(const UserRights& has, const UserRights& needed)
{
    std::set<std::string> more;
    for (const std::string& word : has.words) {
        const bool is_needed = needed.words.contains(word) ||
                               (!has.tells_reads && needed.words.contains("%R" + word)) ||
                               (word.starts_with(reads) && needed.words.contains(word.substr(2)));
        if (!is_needed) {
            more.insert(word);
        }
    }
    return joined(more);
}

std::string missing(const UserRights& has, const UserRights& needed)
{
    std::set<std::string> less;
    for (const std::string& word : needed.words) {
        if (word.starts_with('+') && !has.words.contains(word) && !has.words.contains("+@all")) {
            less.insert(word);
        }
    }
    return joined(less);
}

}  // namespace mmx::admin
