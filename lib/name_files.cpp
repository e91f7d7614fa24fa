#include "lib/name_files.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr unsigned dots_max = 15;  // as libc bounds it

// Calls visit with the words of each line, of which there is at least one.
template <class Visit>
void each_line(std::string_view text, std::string_view comment, Visit&& visit)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find_first_of(comment));

        std::vector<std::string_view> words;
        constexpr std::string_view blanks = " \t\r";
        for (std::size_t at = line.find_first_not_of(blanks); at != line.npos;
             at = line.find_first_not_of(blanks, at)) {
            const std::size_t length = std::min(line.find_first_of(blanks, at), line.size()) - at;
            words.push_back(line.substr(at, length));
            at += length;
        }
        if (!words.empty()) {
            visit(words);
        }
    }
}

bool is_address(const std::string& text) noexcept
{
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

void read_options(const std::vector<std::string_view>& words, ResolverFile& file)
{
    constexpr std::string_view option = "ndots:";
    for (const std::string_view word : words) {
        if (word.starts_with(option)) {
            file.dots = std::min(
                dots_max,
                parse_digits<unsigned>(word.substr(option.size()), 0, 1000).value_or(file.dots));
        }
    }
}

}  // namespace

std::vector<std::string> addresses_in_hosts(std::string_view text, std::string_view name)
{
    const std::string wanted = folded(name.substr(0, name.size() - name.ends_with('.')));
    std::vector<std::string> found;
    each_line(text, "#", [&](const std::vector<std::string_view>& words) {
        const bool named = std::any_of(words.begin() + 1, words.end(), [&](std::string_view word) {
            return folded(word) == wanted;
        });
        if (std::string address(words.front()); named && is_address(address)) {
            found.push_back(std::move(address));
        }
    });
    return found;
}

ResolverFile parse_resolver_file(std::string_view text)
{
    ResolverFile file;
    each_line(text, "#;", [&](const std::vector<std::string_view>& words) {
        const std::string_view key = words.front();
        if (key == "nameserver" && words.size() > 1) {
            if (std::string address(words[1]); is_address(address)) {
                file.servers.push_back(std::move(address));
            }
        } else if (key == "search" || key == "domain") {  // the last of them holds
            file.search.assign(words.begin() + 1, words.end());
        } else if (key == "options") {
            read_options(words, file);
        }
    });
    return file;
}

std::vector<std::string> names_to_ask(std::string_view name, const ResolverFile& file)
{
    if (name.ends_with('.')) {
        return {std::string(name)};
    }
    std::vector<std::string> names;
    for (const std::string& domain : file.search) {
        if (domain != ".") {
            names.push_back(std::string(name).append(".").append(domain));
        }
    }
    const auto dots = static_cast<unsigned>(std::count(name.begin(), name.end(), '.'));
    names.emplace(dots >= file.dots ? names.begin() : names.end(), name);
    return names;
}

}  // namespace mmx
