#include "base/csv.hpp"

#include <algorithm>

namespace mmx::admin {
namespace {

// Walks over the text and keeps count of lines.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ == text_.size(); }
    std::size_t line() const { return line_; }

    CsvRow row()
    {
        CsvRow row{.line = line_, .fields = {}, .fault = {}};
        do {
            row.fields.push_back(field(row.fault));
        } while (row.fault.empty() && take(','));
        if (!row.fault.empty()) {
            return row;  // the rest of its line was skipped: what follows is another row
        }
        take('\r');
        if (!take('\n') && !at_end()) {
            row.fault = "has text where a comma or the end of the line is expected";
            skip_line();
        }
        return row;
    }

private:
    bool take(char wanted)
    {
        if (at_end() || text_[at_] != wanted) {
            return false;
        }
        line_ += wanted == '\n' ? 1 : 0;
        at_++;
        return true;
    }

    std::string field(std::string& fault)
    {
        if (take('"')) {
            return quoted_field(fault);
        }
        const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
        std::string text(text_.substr(at_, end - at_));
        at_ = end;
        if (!at_end() && text_[at_] == '"') {
            fault = "has a quote inside a field that is not quoted";
            skip_line();
        }
        return text;
    }

    // Behind the opening quote. Two quotes stand for one.
    std::string quoted_field(std::string& fault)
    {
        std::string text;
        while (true) {
            const std::size_t end = std::min(text_.find('"', at_), text_.size());
            const std::string_view part = text_.substr(at_, end - at_);
            line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
            text += part;
            at_ = end;
            if (!take('"')) {
                fault = "opens a quote that nothing closes";
                return text;
            }
            if (!take('"')) {
                return text;
            }
            text += '"';
        }
    }

    void skip_line()
    {
        at_ = std::min(text_.find('\n', at_), text_.size());
        take('\n');
    }

    std::string_view text_;
    std::size_t at_ = 0, line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text)
{
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    std::vector<CsvRow> rows;
    for (Reader reader(text); !reader.at_end();) {
        CsvRow row = reader.row();
        if (row.fields.size() > 1 || !row.fields.front().empty() || !row.fault.empty()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

std::string csv_line(const std::vector<std::string>& fields)
{
    std::string line;
    for (const std::string& field : fields) {
        line += &field == &fields.front() ? "" : ",";
        if (field.find_first_of(",\"\r\n") == std::string::npos) {
            line += field;
            continue;
        }
        line += '"';
        for (const char c : field) {
            line.append(c == '"' ? 2 : 1, c);
        }
        line += '"';
    }
    return line + "\r\n";
}

}  // namespace mmx::admin
