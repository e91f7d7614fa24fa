// What Redis sends: whole, or cut at any byte, the replies must be the same.

#include <string>
#include <vector>

#include "fuzz.hpp"
#include "lib/resp.hpp"

namespace {

using mmx::resp::Element;
using mmx::resp::Reader;
using mmx::resp::Reply;

// Everything that can be seen of a reply, as text.
void append_seen(std::string& out, const Reply& reply)
{
    mmx::fuzz::check(reply.elements().size() <= mmx::resp::elements_max, "too many elements");
    out += '0' + static_cast<char>(reply.type());
    std::size_t total = 0;
    for (std::size_t i = 0; i < reply.elements().size(); ++i) {
        const Element& element = reply.elements()[i];
        out += static_cast<char>('a' + static_cast<int>(element.type));
        out += std::to_string(element.integer) + ":" + std::to_string(reply.integer(i)) + ":";
        out.append(element.text).append(reply.text(i)).append(reply.error());
        total += element.text.size();
    }
    mmx::fuzz::check(total <= mmx::resp::unread_max, "texts beyond their bound");
    out += '\n';
}

void drain(Reader& reader, std::string& out)
{
    while (const Reply* reply = reader.next()) {
        append_seen(out, *reply);
    }
}

std::string read(const std::vector<std::string_view>& pieces)
{
    Reader reader;
    std::string seen;
    for (const std::string_view piece : pieces) {
        reader.feed(piece);
        drain(reader, seen);
    }
    if (reader.broken()) {
        mmx::fuzz::check(reader.error()[0] != '\0', "broken without a reason");
        seen += "broken";
    }
    return seen;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t every_offset_max = 256;  // longer inputs are cut at some offsets only
    const std::string_view bytes = mmx::fuzz::text(data, size);
    const std::string whole = read({bytes});
    const std::size_t step = size / every_offset_max + 1;
    for (std::size_t at = 0; at < size; at += step) {
        mmx::fuzz::check(read({bytes.substr(0, at), bytes.substr(at)}) == whole,
                         "a cut stream reads differently");
    }
    std::vector<std::string_view> single;
    for (std::size_t at = 0; at < size; ++at) {
        single.push_back(bytes.substr(at, 1));
    }
    mmx::fuzz::check(read(single) == whole, "a dribbling stream reads differently");
    return 0;
}
