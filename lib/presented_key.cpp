#include "lib/presented_key.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/api_key.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::string_view bearer = "bearer";
constexpr std::array<std::string_view, 3> header_names = {"X-Api-Key", "Authorization", "Api-Key"};

// `{header}` stands for the header at fault.
struct Explanation {
    KeyFault fault;
    std::string_view english, chinese;
};
constexpr std::array<Explanation, 10> explanations = {{
    {KeyFault::repeated, "The header {header} was sent more than once.",
     "请求头 {header} 重复出现。"},
    {KeyFault::different, "X-Api-Key and Authorization hold two different keys of this gateway.",
     "X-Api-Key 与 Authorization 中是两个不同的 API Key。"},
    {KeyFault::no_bearer,
     "The header Authorization holds a key without Bearer and a space before it; it must read "
     "Authorization: Bearer mmx-...",
     "请求头 Authorization 中的 API Key 前缺少 Bearer 和空格，应为 Authorization: Bearer mmx-..."},
    {KeyFault::doubled_bearer, "The header Authorization says Bearer twice.",
     "请求头 Authorization 中 Bearer 出现了两次。"},
    {KeyFault::needless_bearer, "The header X-Api-Key takes the key alone, without Bearer.",
     "请求头 X-Api-Key 中只需填写 API Key 本身，不要加 Bearer。"},
    {KeyFault::quoted, "The key in {header} stands in quotation marks.",
     "{header} 中的 API Key 带有引号。"},
    {KeyFault::invisible,
     "The key in {header} has spaces, invisible or other foreign characters in or around it; they "
     "were probably copied with it.",
     "{header} 中的 API Key 含有空格、不可见字符或其他多余字符，可能是复制时带入的。"},
    {KeyFault::misplaced, "The key was sent in the header Api-Key, which is not read here.",
     "API Key 放在了请求头 Api-Key 中，本网关不读取该请求头。"},
    {KeyFault::foreign,
     "The credential in {header} is no key of this gateway: its keys begin with mmx-.",
     "{header} 中的凭证不是本网关的 API Key：本网关的 API Key 以 mmx- 开头。"},
    {KeyFault::malformed,
     "The key in {header} is not whole: a key is mmx- and 16 to 64 letters and digits.",
     "{header} 中的 API Key 不完整：应为 mmx- 加 16 至 64 位字母或数字。"},
}};

bool has_bearer(std::string_view value) noexcept
{
    return starts_with_folded(value, bearer) &&
           (value.size() == bearer.size() || value[bearer.size()] == ' ');
}

bool is_quote(std::string_view text) noexcept
{
    constexpr std::array<std::string_view, 7> quotes = {"\"", "'", "`", "“", "”", "‘", "’"};
    return std::any_of(quotes.begin(), quotes.end(), [&](std::string_view quote) {
        return text.starts_with(quote) || text.ends_with(quote);
    });
}

// What is wrong with a text that was meant for a key; it is not well formed.
KeyFault fault_of_text(std::string_view text) noexcept
{
    if (text.find(api_key_prefix) == text.npos) {
        return KeyFault::foreign;
    }
    if (is_quote(text)) {
        return KeyFault::quoted;
    }
    const bool strange =
        std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; });
    return strange ? KeyFault::invisible : KeyFault::malformed;
}

// The more it tells its sender, the higher: a fault of a key of ours before a stranger's.
int weight_of(KeyFault fault) noexcept
{
    switch (fault) {
    case KeyFault::none:
    case KeyFault::missing: return 0;
    case KeyFault::foreign: return 1;
    case KeyFault::misplaced: return 2;
    case KeyFault::repeated:
    case KeyFault::different: return 4;
    default: return 3;
    }
}

}  // namespace

void PresentedKey::add_x_api_key(std::string_view value) noexcept
{
    if (std::exchange(seen_x_api_key_, true)) {
        note(KeyFault::repeated, Header::x_api_key);
    }
    value = trim(value);
    if (is_well_formed_api_key(value)) {
        take_key(value);
    } else if (has_bearer(value)) {
        note(KeyFault::needless_bearer, Header::x_api_key);
    } else if (!value.empty()) {
        note(fault_of_text(value), Header::x_api_key);
    }
}

void PresentedKey::add_authorization(std::string_view value) noexcept
{
    if (std::exchange(seen_authorization_, true)) {
        note(KeyFault::repeated, Header::authorization);
    }
    value = trim(value);
    if (!has_bearer(value)) {
        // Another scheme is none of ours; a key without any was meant for us.
        if (value.starts_with(api_key_prefix) ||
            (starts_with_folded(value, bearer) && value.find(api_key_prefix) != value.npos)) {
            note(KeyFault::no_bearer, Header::authorization);
        } else if (value.find(api_key_prefix) < 4) {  // behind a quotation mark
            note(fault_of_text(value), Header::authorization);
        }
        return;
    }
    const std::string_view token = trim(value.substr(bearer.size()));
    if (is_well_formed_api_key(token)) {
        take_key(token);
    } else if (has_bearer(token)) {
        note(KeyFault::doubled_bearer, Header::authorization);
    } else if (!token.empty()) {
        note(fault_of_text(token), Header::authorization);
    }
}

void PresentedKey::add_api_key(std::string_view value) noexcept
{
    if (value.find(api_key_prefix) != value.npos) {
        note(KeyFault::misplaced, Header::api_key);
    }
}

void PresentedKey::take_key(std::string_view key) noexcept
{
    if (!key_.empty() && key_ != key) {
        note(KeyFault::different, Header::authorization);
    }
    key_ = key;
}

void PresentedKey::note(KeyFault fault, Header header) noexcept
{
    if (weight_of(fault) > weight_of(fault_)) {
        fault_ = fault;
        header_ = header;
    }
}

// One key of ours mends everything but what leaves it open which of two is meant.
KeyFault PresentedKey::fault() const noexcept
{
    const bool open = fault_ == KeyFault::repeated || fault_ == KeyFault::different;
    return !key_.empty() && !open ? KeyFault::none : fault_;
}

std::string PresentedKey::explanation(bool chinese) const
{
    const auto* found = std::find_if(explanations.begin(), explanations.end(),
                                     [&](const Explanation& e) { return e.fault == fault(); });
    if (found == explanations.end()) {
        return {};
    }
    constexpr std::string_view placeholder = "{header}";
    std::string text(chinese ? found->chinese : found->english);
    if (const std::size_t at = text.find(placeholder); at != text.npos) {
        text.replace(at, placeholder.size(), header_names[static_cast<std::size_t>(header_)]);
    }
    return text;
}

}  // namespace mmx
