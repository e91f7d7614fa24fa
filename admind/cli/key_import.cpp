#include "cli/key_import.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/names.hpp"
#include "cli/context.hpp"
#include "lib/limits.hpp"
#include "store/key_changes.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t faults_shown_max = 20;
constexpr std::size_t file_size_max = std::size_t{32} << 20U;  // bytes

// What is wrong, line by line.
class Faults {
public:
    void add(std::size_t line, const std::string& what)
    {
        count_++;
        if (count_ <= faults_shown_max) {
            text_ += "\n  line " + std::to_string(line) + ": " + what;
        }
    }

    void throw_if_any() const
    {
        if (count_ == 0) {
            return;
        }
        const std::size_t hidden = count_ - std::min(count_, faults_shown_max);
        throw Error(ErrorCode::invalid_input,
                    "nothing was imported; wrong lines: " + std::to_string(count_) + text_ +
                        (hidden > 0 ? "\n  and " + std::to_string(hidden) + " more" : ""));
    }

private:
    std::size_t count_ = 0;
    std::string text_;
};

struct Imported {
    std::vector<NewKey> keys;
    std::vector<std::size_t> lines;  // of keys, one each
};

std::string read_text(std::istream& in)
{
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.size() > file_size_max) {
        throw Error(ErrorCode::invalid_input,
                    "the file is larger than " + std::to_string(file_size_max) + " bytes");
    }
    return text;
}

std::string read_file(const std::string& path)
{
    if (path == "-") {
        return read_text(std::cin);
    }
    std::ifstream file(path, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof()) {
        throw Error(ErrorCode::not_found, "cannot read " + path + ", or it is empty");
    }
    return read_text(file);
}

bool is_header(const CsvRow& row)
{
    return row.fields.size() >= 4 && row.fields[0] == "key" && row.fields[1] == "user";
}

// A limit's field; an empty one is the default.
std::optional<std::int64_t> limit_field(const std::string& text, std::int64_t otherwise)
{
    return text.empty() ? std::optional(otherwise) : parse_limit(text);
}

// What is wrong with a row, or nothing. No message shows the key.
std::string row_fault(const CsvRow& row)
{
    if (!row.fault.empty()) {
        return row.fault;
    }
    if (row.fields.size() != 4 && row.fields.size() != 5) {
        return "has " + std::to_string(row.fields.size()) +
               " fields, expected key,user,day,month[,note]";
    }
    if (!is_well_formed_api_key(row.fields[0])) {
        return "key: expected mmx- and 16 to 64 letters or digits";
    }
    if (row.fields[1].empty()) {
        return "user is empty, expected a name";
    }
    if (const auto user = normal_name(row.fields[1], user_length_max); !user) {
        return "user " + user.fault();
    }
    for (const std::size_t field : {2U, 3U}) {
        if (!limit_field(row.fields[field], 0)) {
            return std::string(field == 2 ? "day" : "month") +
                   ": expected a whole number from 0 (unlimited) to " + std::to_string(limit_max);
        }
    }
    const std::string fault =
        row.fields.size() == 5 ? text_fault(row.fields[4], note_length_max, true) : "";
    return fault.empty() ? "" : "note " + fault;
}

NewKey read_row(const CsvRow& row, const Limits& defaults, const Secrets& secrets)
{
    NewKey key;
    key.api_key = SecretText(row.fields[0]);
    key.id = secrets.id(key.api_key.view());
    key.user = sought_name(row.fields[1]);  // it has a normal form: it was looked at
    key.limits = {.day = *limit_field(row.fields[2], defaults.day),
                  .month = *limit_field(row.fields[3], defaults.month)};
    key.note = row.fields.size() == 5 ? row.fields[4] : "";
    return key;
}

Imported read_rows(const std::vector<CsvRow>& rows, const Limits& defaults, const Secrets& secrets,
                   Faults& faults)
{
    Imported imported;
    std::map<std::string, std::size_t, std::less<>> first_lines;
    for (const CsvRow& row : rows) {
        if (&row == &rows.front() && is_header(row)) {
            continue;
        }
        if (const std::string fault = row_fault(row); !fault.empty()) {
            faults.add(row.line, fault);
            continue;
        }
        NewKey key = read_row(row, defaults, secrets);
        const auto [first, is_new] = first_lines.emplace(key.id.view(), row.line);
        if (!is_new) {
            faults.add(row.line,
                       "the key stands in line " + std::to_string(first->second) + " already");
            continue;
        }
        imported.keys.push_back(std::move(key));
        imported.lines.push_back(row.line);
    }
    return imported;
}

void refuse_taken(Store& store, const Imported& imported, Faults& faults)
{
    const std::vector<KeyId> ids = ids_of(imported.keys);
    const std::vector<bool> taken = Keys(store).taken(ids);
    for (std::size_t i = 0; i < ids.size(); i++) {
        if (taken[i]) {
            faults.add(imported.lines[i],
                       "the key exists already, with the id " + std::string(ids[i].view()));
        }
    }
}

std::string imported_text(const std::vector<NewKey>& keys)
{
    std::string text;
    for (const NewKey& key : keys) {
        text.append(key.id.view())
            .append("  ")
            .append(api_key_hint(key.api_key.view()))
            .append("  ");
        text.append(key.user).append("\n");
    }
    return text + "imported " + std::to_string(keys.size()) + "\n";
}

}  // namespace

int run_key_import(Context& context, const Invocation& invocation)
{
    std::string text = read_file(invocation.argument);
    const WipedAtEnd wiped(text);
    const std::vector<CsvRow> rows = parse_csv(text);
    Store& store = context.store();
    Faults faults;
    const Imported imported =
        read_rows(rows, read_settings(store).defaults, context.secrets(), faults);
    refuse_taken(store, imported, faults);
    faults.throw_if_any();
    if (imported.keys.empty() || imported.keys.size() > batch_max) {
        throw Error(ErrorCode::invalid_input,
                    "the file holds " + std::to_string(imported.keys.size()) +
                        " keys, expected 1 to " + std::to_string(batch_max));
    }
    KeyChanges(store).import(imported.keys);
    context.print(created_json(imported.keys, false), imported_text(imported.keys));
    return 0;
}

}  // namespace mmx::admin
